using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Usage;

/// <summary><c>llmbroker usage</c>: tokens and cost, with what is unknown or ambiguous apart.</summary>
internal static class UsageCommand
{
    private static readonly Option<UsageDimension> By = new("--by")
    {
        Description = "Sum up by tenant, model, task, day, deployment, provider, lane, policy or tier.",
        DefaultValueFactory = _ => UsageDimension.Model,
    };

    private static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "An age such as 24h or 7d, or a time. Default: 7d.", CustomParser = PointInTime.Parse };
    private static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "The same for the end. Default: now.", CustomParser = PointInTime.Parse };

    private static readonly Option<bool> Shadow = new("--shadow") { Description = "The copies of shadow traffic instead of the requests." };

    public static Command Create()
    {
        By.AcceptOnlyFromAmong("tenant", "model", "task", "day", "deployment", "provider", "lane", "policy", "tier");
        var command = new Command("usage", "Tokens and cost by tenant, model, task, day, deployment, provider, lane, policy or tier.") { By, Since, Until, Shadow, SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var now = TimeProvider.System.GetUtcNow();
        var by = arguments.GetValue(By);
        var since = arguments.GetValue(Since) ?? now.AddDays(-7);
        var rows = await services.GetRequiredService<LedgerQueries>().GetUsageAsync(by, since, arguments.GetValue(Until) ?? now, cancellationToken, arguments.GetValue(Shadow));
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { by = by.ToString().ToLowerInvariant(), since, rows, total = Total(rows) });
        else
            Print(by, since, rows);
        return ExitCode.Success;
    }

    private static void Print(UsageDimension by, DateTimeOffset since, IReadOnlyList<UsageRow> rows)
    {
        if (rows.Count == 0)
        {
            AnsiConsole.WriteLine($"Nothing was called since {CellText.Time(since)}; --since 30d looks further back.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(by.ToString().ToLowerInvariant()).NoWrap());
        foreach (var header in new[] { "requests", "calls", "in", "cached", "out", "USD", "unpriced", "ambiguous" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in rows)
            Add(table, row);
        table.AddEmptyRow();
        Add(table, Total(rows));
        AnsiConsole.Write(table);
    }

    private static void Add(Table table, UsageRow row) => table.AddRow(
        Markup.Escape(row.Name ?? "unknown"),
        CellText.Count(row.Requests),
        CellText.Count(row.Attempts),
        CellText.Count(row.Tokens.InputTokens),
        CellText.Count(row.Tokens.CacheReadTokens + row.Tokens.CacheWriteTokens),
        CellText.Count(row.Tokens.OutputTokens),
        CellText.Money(row.CostUsd),
        row.UnpricedAttempts == 0 ? "" : CellText.Count(row.UnpricedAttempts),
        row.AmbiguousAttempts == 0 ? "" : $"{CellText.Count(row.AmbiguousAttempts)} ({CellText.Money(row.AmbiguousCostUsd)})");

    private static UsageRow Total(IReadOnlyList<UsageRow> rows) => new()
    {
        Name = "total",
        Requests = rows.Sum(row => row.Requests),
        Attempts = rows.Sum(row => row.Attempts),
        RunningAttempts = rows.Sum(row => row.RunningAttempts),
        Tokens = new TokenUsage
        {
            InputTokens = rows.Sum(row => row.Tokens.InputTokens),
            CacheReadTokens = rows.Sum(row => row.Tokens.CacheReadTokens),
            CacheWriteTokens = rows.Sum(row => row.Tokens.CacheWriteTokens),
            OutputTokens = rows.Sum(row => row.Tokens.OutputTokens),
            ReasoningTokens = rows.Sum(row => row.Tokens.ReasoningTokens),
        },
        CostUsd = rows.Sum(row => row.CostUsd),
        UnpricedAttempts = rows.Sum(row => row.UnpricedAttempts),
        AmbiguousAttempts = rows.Sum(row => row.AmbiguousAttempts),
        AmbiguousCostUsd = rows.Sum(row => row.AmbiguousCostUsd),
    };
}
