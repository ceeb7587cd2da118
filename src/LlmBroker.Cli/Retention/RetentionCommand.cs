using System.CommandLine;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Retention;

/// <summary><c>llmbroker retention</c>: what the ledger keeps for how long, what of it is too old, and dropping that by hand.</summary>
internal static class RetentionCommand
{
    public static Command Create()
    {
        var show = new Command("show", "What is kept for how long, and what would be dropped now.") { SharedOptions.Json };
        show.SetAction((arguments, cancellationToken) => RunAsync(arguments, static (store, cancellationToken) => store.FindAsync(cancellationToken), cancellationToken));
        var apply = new Command("apply", "Drop it now, once; a running broker does so by itself every ten minutes.") { SharedOptions.Json };
        apply.SetAction((arguments, cancellationToken) => RunAsync(arguments, static (store, cancellationToken) => store.ApplyAsync(cancellationToken), cancellationToken));
        return new Command("retention", "How long the ledger keeps what.") { show, apply };
    }

    private static async Task<int> RunAsync(
        ParseResult arguments, Func<RetentionStore, CancellationToken, Task<IReadOnlyList<RetentionResult>>> work, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var results = await work(services.GetRequiredService<RetentionStore>(), cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(results.Select(result => new
            {
                result.Name,
                keptFor = DurationText.Format(result.KeptFor),
                result.Before,
                result.Partitions,
                result.Rows,
            }));
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("what", "kept for", "older than");
        foreach (var header in new[] { arguments.CommandResult.Command.Name == "apply" ? "days dropped" : "days to drop", "rows besides" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var result in results)
        {
            table.AddRow(
                Markup.Escape(result.Name),
                DurationText.Format(result.KeptFor),
                CellText.Time(result.Before),
                result.Partitions.Count.ToString(CultureInfo.InvariantCulture),
                CellText.Count(result.Rows));
        }

        AnsiConsole.Write(table);
        return ExitCode.Success;
    }
}
