using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.DeadLetters;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters list</c>.</summary>
internal static class ListCommand
{
    public static readonly Option<DeadLetterState?> State = new("--state") { Description = "open, redriven or discarded. Default: open." };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most this many, the newest first.", DefaultValueFactory = _ => 100 };
    private static readonly Option<Guid?> After = new("--after") { Description = "The page after this letter." };

    public static Command Create()
    {
        var command = new Command("list", "The dead letters, newest first.") { State, Limit, After, SharedOptions.Json }.WithFilter();
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var filter = FilterOptions.Read(arguments) with
        {
            State = arguments.GetValue(State) ?? DeadLetterState.Open,
            Limit = arguments.GetValue(Limit),
            After = arguments.GetValue(After),
        };
        var letters = await services.GetRequiredService<DeadLetterStore>().ListAsync(filter, cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(letters.Select(LetterDocument.Of));
            return ExitCode.Success;
        }

        if (letters.Count == 0)
        {
            AnsiConsole.WriteLine("No dead letters.");
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("id").NoWrap())
            .AddColumn(new TableColumn("reason").NoWrap())
            .AddColumn("request")
            .AddColumn("at")
            .AddColumn("error");
        foreach (var stored in letters)
        {
            table.AddRow(
                stored.Letter.Id.ToString(),
                stored.Letter.Reason.ToString(),
                Markup.Escape($"{stored.Letter.Tenant}/{stored.Letter.RequestId}"),
                Markup.Escape(stored.Letter.Deployment ?? stored.Letter.Source ?? ""),
                Markup.Escape(stored.Letter.Error));
        }

        AnsiConsole.Write(table);
        if (letters.Count == filter.Limit)
            AnsiConsole.WriteLine($"There may be more: --after {letters[^1].Letter.Id}");
        return ExitCode.Success;
    }
}
