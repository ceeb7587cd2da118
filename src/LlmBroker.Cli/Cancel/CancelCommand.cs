using System.CommandLine;
using LlmBroker.Cli.Amqp;
using LlmBroker.Contracts;
using Spectre.Console;

namespace LlmBroker.Cli.Cancel;

/// <summary><c>llmbroker cancel</c>: ends a request or a group that has not finished.</summary>
internal static class CancelCommand
{
    private static readonly Argument<string?> RequestId = new("id") { Description = "The request's id.", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<string?> Group = new("--group") { Description = "All requests of this group, such as the name of a submitted job." };

    public static Command Create()
    {
        var command = new Command("cancel", "Cancel a request, or a group of them. What has finished stays finished.") { RequestId, Group, SharedOptions.Tenant };
        command.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(RequestId)) == string.IsNullOrEmpty(result.GetValue(Group)))
                result.AddError("Give either the id of a request or --group.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var cancellation = new CancelInference { RequestId = arguments.GetValue(RequestId), GroupId = arguments.GetValue(Group) };
        var tenant = arguments.GetRequiredValue(SharedOptions.Tenant);
        try
        {
            await using var link = await BrokerLink.OpenAsync(BrokerAccess.Load(arguments, "cancel"), cancellationToken);
            await link.PublishOnceAsync(BrokerMessage.Cancellation(tenant, cancellation), cancellationToken);
        }
        catch (BrokerRefusedException exception)
        {
            return CommandErrors.Report(exception.Message);
        }

        var what = cancellation.RequestId is { } id ? $"request '{id}'" : $"group '{cancellation.GroupId}'";
        AnsiConsole.Console.WriteLine($"Asked to cancel {what} of tenant '{tenant}': queued requests end as Cancelled, running calls are aborted.");
        return ExitCode.Success;
    }
}
