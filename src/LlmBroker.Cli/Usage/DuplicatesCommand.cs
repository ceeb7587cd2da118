using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Usage;

/// <summary><c>llmbroker duplicates</c>: what was, or may have been, paid twice.</summary>
internal static class DuplicatesCommand
{
    private static readonly Option<UsageDimension> By = new("--by")
    {
        Description = "Sum up by day, tenant, model or deployment.",
        DefaultValueFactory = _ => UsageDimension.Day,
    };

    private static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "An age such as 24h or 7d, or a time. Default: 7d.", CustomParser = PointInTime.Parse };
    private static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "The same for the end. Default: now.", CustomParser = PointInTime.Parse };

    public static Command Create()
    {
        By.AcceptOnlyFromAmong("day", "tenant", "model", "deployment");
        var command = new Command("duplicates", "Calls whose outcome is unknown, and calls that repeated one, with their cost.") { By, Since, Until, SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var now = TimeProvider.System.GetUtcNow();
        var by = arguments.GetValue(By);
        var since = arguments.GetValue(Since) ?? now.AddDays(-7);
        var rows = await services.GetRequiredService<DuplicateQueries>().GetAsync(by, since, arguments.GetValue(Until) ?? now, cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { by = by.ToString().ToLowerInvariant(), since, rows, total = Total(rows) });
        else
            Print(by, since, rows);
        return ExitCode.Success;
    }

    private static void Print(UsageDimension by, DateTimeOffset since, IReadOnlyList<DuplicateRow> rows)
    {
        if (rows.Count == 0)
        {
            AnsiConsole.WriteLine($"No call was ambiguous or repeated since {CellText.Time(since)}; --since 30d looks further back.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(by.ToString().ToLowerInvariant()).NoWrap());
        foreach (var header in new[] { "ambiguous", "estimated USD", "heard of", "true USD", "repeats", "repeats USD" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in rows)
            Add(table, row);
        table.AddEmptyRow();
        Add(table, Total(rows));
        AnsiConsole.Write(table);
    }

    private static void Add(Table table, DuplicateRow row) => table.AddRow(
        Markup.Escape(row.Name),
        CellText.Count(row.AmbiguousCalls),
        Money(row.EstimatedUsd, row.UnestimatedCalls),
        CellText.Count(row.HeardOf),
        Money(row.HeardOfUsd, row.HeardOfUnpriced),
        CellText.Count(row.RepeatCalls),
        Money(row.RepeatUsd, row.RepeatUnpriced));

    private static string Money(decimal usd, long unknown) => unknown == 0 ? CellText.Money(usd) : $"{CellText.Money(usd)} + {CellText.Count(unknown)} unknown";

    private static DuplicateRow Total(IReadOnlyList<DuplicateRow> rows) => new()
    {
        Name = "total",
        AmbiguousCalls = rows.Sum(row => row.AmbiguousCalls),
        EstimatedUsd = rows.Sum(row => row.EstimatedUsd),
        UnestimatedCalls = rows.Sum(row => row.UnestimatedCalls),
        HeardOf = rows.Sum(row => row.HeardOf),
        HeardOfUsd = rows.Sum(row => row.HeardOfUsd),
        HeardOfUnpriced = rows.Sum(row => row.HeardOfUnpriced),
        RepeatCalls = rows.Sum(row => row.RepeatCalls),
        RepeatUsd = rows.Sum(row => row.RepeatUsd),
        RepeatUnpriced = rows.Sum(row => row.RepeatUnpriced),
    };
}
