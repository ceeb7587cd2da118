using System.CommandLine;
using System.Globalization;
using LlmBroker.Models;
using Spectre.Console;

namespace LlmBroker.Cli.Prices;

/// <summary><c>llmbroker prices</c>: the price catalogue, how it compares with another list, and history at other prices.</summary>
internal static class PricesCommand
{
    private static readonly Option<string?> Vendor = new("--vendor") { Description = "Only this vendor's, such as openai." };
    private static readonly Option<DateTimeOffset?> At = new("--at") { Description = "The prices of that time. Default: now.", CustomParser = PointInTime.Parse };
    private static readonly Argument<DirectoryInfo> Folder = new Argument<DirectoryInfo>("folder") { Description = "Price lists to compare with, a JSON file for each vendor." }.AcceptExistingOnly();

    public static Command Create()
    {
        var list = new Command("list", "The list prices that this version knows, in USD per million tokens.") { Vendor, At, SharedOptions.Json };
        list.SetAction(List);
        var check = new Command("check", "Compare the catalogue with other price lists. Exit code 1: there is a difference that nobody has explained.") { Folder, SharedOptions.Json };
        check.SetAction(Check);
        return new Command("prices", "List prices of the vendors' models, and what history costs at other ones.") { list, check, RepriceCommand.Create() };
    }

    private static int List(ParseResult arguments)
    {
        var at = arguments.GetValue(At) ?? TimeProvider.System.GetUtcNow();
        var vendor = arguments.GetValue(Vendor);
        var rows = PriceCatalog.BuiltIn.Models
            .Where(model => vendor is null || model.Vendor == vendor)
            .Select(model => (Model: model, Price: model.History.At(at)))
            .Where(row => row.Price is not null)
            .ToArray();
        if (rows.Length == 0)
            return CommandErrors.Report($"The catalogue has no prices of vendor '{vendor}'; it has {string.Join(", ", PriceCatalog.BuiltIn.Models.Select(model => model.Vendor).Distinct())}.");

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(rows.Select(row => new
            {
                row.Model.Vendor, row.Model.Id, row.Model.Aliases, row.Price!.Standard, row.Price.LongContextAbove, row.Price.LongContext, row.Price.BatchFactor,
            }));
        else
            Print(rows!);
        return ExitCode.Success;
    }

    private static void Print(IEnumerable<(CatalogPrice Model, ListPrice Price)> rows)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("vendor/model").NoWrap());
        foreach (var header in new[] { "input", "cache read", "cache write", "output", "batch" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var (model, price) in rows)
        {
            table.AddRow([$"{model.Vendor}/{model.Id}", .. Amounts(price.Standard), price.BatchFactor == 1 ? "" : $"× {Text(price.BatchFactor)}"]);
            if (price.LongContext is { } longContext)
                table.AddRow([string.Create(CultureInfo.InvariantCulture, $"  above {price.LongContextAbove:N0} tokens"), .. Amounts(longContext), ""]);
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"USD per million tokens; compared with the vendors' pages on {PriceCatalog.BuiltIn.Updated:yyyy-MM-dd}."));
    }

    private static string[] Amounts(Price price) => [Text(price.Input), Text(price.CacheRead), Text(price.CacheWrite), Text(price.Output)];

    private static string Text(decimal amount) => amount.ToString("0.######", CultureInfo.InvariantCulture);

    private static int Check(ParseResult arguments)
    {
        IReadOnlyList<OtherPriceList> others;
        try
        {
            others = OtherPriceList.ReadAll(arguments.GetRequiredValue(Folder));
        }
        catch (InvalidDataException exception)
        {
            return CommandErrors.Report(exception.Message);
        }

        var comparison = PriceComparison.Of(PriceCatalog.BuiltIn, others, TimeProvider.System.GetUtcNow());
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { comparison.Compared, comparison.Unexplained, comparison.Differences });
        else
            Print(comparison);
        return comparison.Unexplained == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private static void Print(PriceComparison comparison)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("vendor/model").NoWrap()).AddColumn("what").AddColumn("here").AddColumn("there").AddColumn("why");
        foreach (var difference in comparison.Differences)
        {
            table.AddRow(
                Markup.Escape($"{difference.Vendor}/{difference.Id}"),
                difference.What,
                difference.Here is { } here ? Text(here) : "",
                difference.There is { } there ? Text(there) : "",
                difference.Why is { } why ? Markup.Escape(why) : "[red]unexplained[/]");
        }

        if (comparison.Differences.Count > 0)
            AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{comparison.Compared} prices compared, {comparison.Differences.Count} differences, {comparison.Unexplained} of them unexplained.");
    }
}
