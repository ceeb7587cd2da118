using System.CommandLine;
using System.CommandLine.Parsing;
using LlmBroker.Cli.Amqp;
using LlmBroker.Contracts;
using LlmBroker.Feedback;
using Spectre.Console;

namespace LlmBroker.Cli.Feedback;

/// <summary><c>llmbroker feedback</c>: says what an answer was worth.</summary>
internal static class FeedbackCommand
{
    private static readonly Argument<string> RequestId = new("id") { Description = "The request's id." };
    private static readonly Option<bool> Accepted = new("--accepted") { Description = "The answer is good." };
    private static readonly Option<bool> Rejected = new("--rejected") { Description = "The answer is not good enough." };
    private static readonly Option<double?> Score = new("--score") { Description = "How good it is, 0 to 1; alone or besides a verdict." };
    private static readonly Option<int?> Run = new("--run") { Description = "The run that is meant. Default: the newest." };
    private static readonly Option<string?> Source = new("--source") { Description = "Who judges. Of one source the latest counts. Default: user." };
    private static readonly Option<string?> Comment = new("--comment") { Description = "Why; at most 500 characters." };

    public static Command Create()
    {
        var command = new Command("feedback", "Say what an answer was worth: accepted, rejected, or a score. Counted by 'savings' and learnt from by 'route train --from-ledger'.")
        {
            RequestId, Accepted, Rejected, Score, Run, Source, Comment, SharedOptions.Tenant,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Accepted) && result.GetValue(Rejected))
                result.AddError("Give --accepted or --rejected, not both.");
            else if (FeedbackRules.FindFault(Read(result)) is { } fault)
                result.AddError(fault);
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var feedback = Read(arguments.CommandResult);
        var tenant = arguments.GetRequiredValue(SharedOptions.Tenant);
        try
        {
            await using var link = await BrokerLink.OpenAsync(BrokerAccess.Load(arguments, "feedback"), cancellationToken);
            await link.PublishOnceAsync(BrokerMessage.Feedback(tenant, feedback), cancellationToken);
        }
        catch (BrokerRefusedException exception)
        {
            return CommandErrors.Report(exception.Message);
        }

        AnsiConsole.Console.WriteLine($"Sent for request '{feedback.RequestId}' of tenant '{tenant}'. If the ledger does not know the request, it becomes a dead letter.");
        return ExitCode.Success;
    }

    private static SubmitFeedback Read(CommandResult arguments) => new()
    {
        RequestId = arguments.GetValue(RequestId),
        Run = arguments.GetValue(Run),
        Verdict = arguments.GetValue(Accepted) ? FeedbackVerdict.Accepted : arguments.GetValue(Rejected) ? FeedbackVerdict.Rejected : null,
        Score = arguments.GetValue(Score),
        Source = arguments.GetValue(Source),
        Comment = arguments.GetValue(Comment),
    };
}
