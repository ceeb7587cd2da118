using System.CommandLine;
using System.Text;
using LlmBroker.Configuration;
using LlmBroker.DeadLetters;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters show</c>: one letter with everything that was done with it, as JSON.</summary>
internal static class ShowCommand
{
    private static readonly Argument<Guid> Id = new("id") { Description = "Id of a dead letter." };
    private static readonly Option<bool> Body = new("--body") { Description = "Print the message and the patches too; they hold the prompt." };

    public static Command Create()
    {
        var command = new Command("show", "One dead letter with its history.") { Id, Body, SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var id = arguments.GetValue(Id);
        if (await services.GetRequiredService<DeadLetterStore>().GetAsync(id, cancellationToken) is not { } stored)
            return CommandErrors.Report($"There is no dead letter {id}; 'llmbroker dead-letters list' shows those that there are.");

        var withBody = arguments.GetValue(Body);
        var history = await services.GetRequiredService<DeadLetterQueries>().GetHistoryAsync(id, cancellationToken);
        JsonOutput.Print(new
        {
            letter = LetterDocument.Of(stored),
            history = history.Select(action => LetterDocument.Of(action, withBody)),
            body = withBody ? Encoding.UTF8.GetString(stored.Letter.Body.Span) : null,
        });
        return ExitCode.Success;
    }
}
