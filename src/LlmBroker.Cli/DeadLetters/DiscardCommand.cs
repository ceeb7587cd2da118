using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.DeadLetters;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters discard</c>: closes dead letters without another run.</summary>
internal static class DiscardCommand
{
    private static readonly Option<string> Note = new("--note") { Description = "Why it is discarded.", Required = true };

    public static Command Create()
    {
        var command = new Command("discard", "Close dead letters without another run.")
        {
            LetterOptions.Ids, LetterOptions.All, Note, LetterOptions.By, SharedOptions.Json,
        }.WithFilter();
        command.Validators.Add(LetterOptions.NeedIdsOrAll);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var discard = services.GetRequiredService<DeadLetterDiscard>();
        var note = arguments.GetRequiredValue(Note);
        var by = arguments.GetRequiredValue(LetterOptions.By);
        var json = arguments.GetValue(SharedOptions.Json);
        if (arguments.GetValue(LetterOptions.All))
        {
            var count = await discard.DiscardAllAsync(FilterOptions.Read(arguments), note, by, cancellationToken);
            if (json)
                JsonOutput.Print(new { discarded = count });
            else
                AnsiConsole.WriteLine(count == 0 ? "No dead letter matches." : $"Discarded {count}.");
            return ExitCode.Success;
        }

        var results = await discard.DiscardAsync(arguments.GetValue(LetterOptions.Ids) ?? [], note, by, cancellationToken);
        if (json)
            JsonOutput.Print(results.Select(entry => new { entry.Id, entry.Discarded }));
        else
            foreach (var (id, discarded) in results)
                AnsiConsole.WriteLine($"{id}: {(discarded ? "discarded" : "not there, or not open")}");
        return results.All(entry => entry.Discarded) ? ExitCode.Success : ExitCode.Failed;
    }
}
