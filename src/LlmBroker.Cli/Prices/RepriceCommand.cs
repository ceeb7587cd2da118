using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using LlmBroker.Models;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Prices;

/// <summary>
/// <c>llmbroker prices reprice</c>: what the recorded tokens cost at the prices of the configuration and the catalogue, or at others. A query:
/// what was recorded stays.
/// </summary>
internal static class RepriceCommand
{
    private static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "An age such as 24h or 7d, or a time. Default: 30d.", CustomParser = PointInTime.Parse };
    private static readonly Option<DateTimeOffset?> Until = new("--until") { Description = "The same for the end. Default: now.", CustomParser = PointInTime.Parse };
    private static readonly Option<string?> Model = new("--model") { Description = "Only calls of this model." };

    private static readonly Option<Dictionary<string, Price>> At = new("--price")
    {
        Description = "Another price: MODEL=INPUT,OUTPUT[,CACHE READ[,CACHE WRITE]] in USD per million tokens. May be given for several models.",
        CustomParser = ReadPrices,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public static Command Create()
    {
        var command = new Command("reprice", "What recorded usage costs at today's knowledge of the prices, or at other prices. Changes nothing.") { Since, Until, Model, At, SharedOptions.Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger);
        await using var services = LedgerServices.Open(configuration);
        var now = TimeProvider.System.GetUtcNow();
        var catalog = new ModelCatalog(await LedgerServices.ReadOptionsInForceAsync(services, configuration, cancellationToken));
        var repricing = new Repricing(services.GetRequiredService<PricingQueries>(), catalog, arguments.GetValue(At)!);
        var rows = await repricing.RunAsync(
            arguments.GetValue(Since) ?? now.AddDays(-30), arguments.GetValue(Until) ?? now, arguments.GetValue(Model), cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { rows, recordedUsd = rows.Sum(row => row.RecordedUsd), repricedUsd = rows.Sum(row => row.RepricedUsd ?? 0) });
        else
            Print(rows);
        return ExitCode.Success;
    }

    private static void Print(IReadOnlyList<RepricedUsage> rows)
    {
        if (rows.Count == 0)
        {
            AnsiConsole.WriteLine("No call with reported tokens in that time; --since 90d looks further back.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn("day").AddColumn("model").AddColumn("deployment");
        foreach (var header in new[] { "calls", "unpriced", "recorded USD", "repriced USD", "difference" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in rows)
        {
            table.AddRow(
                row.Day,
                Markup.Escape(row.Model),
                Markup.Escape(row.Deployment),
                CellText.Count(row.Calls),
                row.UnpricedCalls == 0 ? "" : CellText.Count(row.UnpricedCalls),
                CellText.Money(row.RecordedUsd),
                CellText.Money(row.RepricedUsd),
                row.RepricedUsd is { } repriced ? (repriced - row.RecordedUsd).ToString("+0.000000;-0.000000;0", CultureInfo.InvariantCulture) : "");
        }

        table.AddEmptyRow();
        table.AddRow(
            "total", "", "", CellText.Count(rows.Sum(row => row.Calls)), "", CellText.Money(rows.Sum(row => row.RecordedUsd)), CellText.Money(rows.Sum(row => row.RepricedUsd ?? 0)));
        AnsiConsole.Write(table);
    }

    private static Dictionary<string, Price>? ReadPrices(ArgumentResult result)
    {
        var prices = new Dictionary<string, Price>(StringComparer.Ordinal);
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            var equals = text.LastIndexOf('=');
            var amounts = text[(equals + 1)..].Split(',').Select(Amount).ToArray();
            if (equals > 0 && amounts.Length is >= 2 and <= 4 && !amounts.Contains(null))
            {
                prices[text[..equals]] = Price.Of(amounts[0]!.Value, amounts[1]!.Value, amounts.ElementAtOrDefault(2), amounts.ElementAtOrDefault(3));
                continue;
            }

            result.AddError($"'{text}' is no price; write MODEL=INPUT,OUTPUT[,CACHE READ[,CACHE WRITE]] such as gpt-5=1.25,10,0.125.");
            return null;
        }

        return prices;
    }

    private static decimal? Amount(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : null;
}
