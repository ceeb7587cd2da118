using System.CommandLine;
using System.Text;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Requests;

/// <summary><c>llmbroker result</c>: the recorded reply of a request, delivered or not.</summary>
internal static class ResultCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The request's id." };
    private static readonly Option<bool> Body = new("--body") { Description = "Only the OpenAI response object." };

    public static Command Create()
    {
        var command = new Command("result", "Print the recorded reply of a request as JSON. Exit code 1: it failed, or there is none (yet).") { Id, Body, SharedOptions.Tenant, SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var ledger = services.GetRequiredService<LedgerQueries>();
        var tenant = arguments.GetRequiredValue(SharedOptions.Tenant);
        var id = arguments.GetRequiredValue(Id);
        var outcome = await ledger.GetReplyAsync(tenant, id, cancellationToken);
        if (outcome is null)
        {
            var found = await ledger.GetStatusAsync(tenant, id, cancellationToken);
            CommandErrors.Report(found is [var status]
                ? $"Request '{id}' is {status.Claim.State} and has no reply yet; 'llmbroker status {id}' tells more."
                : $"Tenant '{tenant}' has no request '{id}'; check the id, or give --tenant.");
            return ExitCode.Failed;
        }

        if (outcome.Reply is null)
        {
            var why = services.GetRequiredService<RetentionPolicy>().WhyReplyIsGone(tenant, outcome.SettledAt, TimeProvider.System.GetUtcNow());
            CommandErrors.Report($"Request '{id}' finished at {CellText.Time(outcome.SettledAt)}; {why}.");
            return ExitCode.Failed;
        }

        Console.Out.WriteLine(arguments.GetValue(Body) && outcome.Failure is null ? BodyOf(outcome.Reply) : Encoding.UTF8.GetString(outcome.Reply));
        return outcome.Failure is null ? ExitCode.Success : ExitCode.Failed;
    }

    private static string BodyOf(byte[] reply)
    {
        using var document = JsonDocument.Parse(reply);
        return document.RootElement.GetProperty("body").GetRawText();
    }
}
