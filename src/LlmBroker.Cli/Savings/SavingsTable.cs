using System.Globalization;
using LlmBroker.Savings;
using Spectre.Console;

namespace LlmBroker.Cli.Savings;

/// <summary>A report for a person: what was paid and what it would have been, how good the answers are, and what the figures do not say.</summary>
internal static class SavingsTable
{
    public static void Write(IAnsiConsole console, string by, SavingsReport report)
    {
        WriteMoney(console, by, report);
        WriteQuality(console, by, report);
        foreach (var note in Notes(report.Total))
            console.WriteLine(note);
    }

    private static void WriteMoney(IAnsiConsole console, string by, SavingsReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(by).NoWrap());
        foreach (var header in new[] { "requests", "cheap", "large", "escalated", "USD", "all on large", "all on cheap", "by lot, same share", "saved USD", "saved" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in report.Rows)
            AddMoney(table, row);
        if (report.Rows.Count > 1)
        {
            table.AddEmptyRow();
            AddMoney(table, report.Total);
        }

        console.Write(table);
    }

    private static void AddMoney(Table table, SavingsRow row) => table.AddRow(
        Markup.Escape(row.Name ?? "unknown"),
        CellText.Count(row.Compared),
        Share(row.Cheap, row.Compared),
        Share(row.Large, row.Compared),
        Share(row.Escalated, row.Compared),
        CellText.Money(row.CostUsd),
        CellText.Money(row.AllLargeUsd),
        CellText.Money(row.AllCheapUsd),
        string.Create(CultureInfo.InvariantCulture, $"{CellText.Money(row.ShuffledUsd)} ± {row.ShuffledReachUsd:0.000000}"),
        CellText.Money(row.SavedUsd),
        row.SavedShare is { } share ? string.Create(CultureInfo.InvariantCulture, $"{share:P1}") : "–");

    private static void WriteQuality(IAnsiConsole console, string by, SavingsReport report)
    {
        var judged = report.Rows.Append(report.Total).Where(row => row.Quality.Any(quality => quality.Judged + quality.Scored > 0)).ToArray();
        if (judged.Length == 0)
        {
            console.WriteLine("Quality: no feedback on these requests. Send it with 'llmbroker feedback' or to llm.feedback, and set the policy's 'holdOut' to compare the models.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn(by).NoWrap()).AddColumn("answers").AddColumn(new TableColumn("runs").RightAligned());
        foreach (var header in new[] { "accepted", "mean score" })
            table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
        foreach (var row in report.Rows.Count == 1 ? judged[..1] : judged)
        {
            foreach (var quality in row.Quality.Where(quality => quality.Runs > 0))
            {
                table.AddRow(
                    Markup.Escape(row.Name ?? "unknown"),
                    quality.Of == AnswerQuality.Routed ? "as routed" : $"{quality.Of}, by lot",
                    CellText.Count(quality.Runs),
                    Markup.Escape(Text(quality.Accepted, quality.Judged, percent: true)),
                    Markup.Escape(Text(quality.Score, quality.Scored, percent: false)));
            }
        }

        console.Write(table);
    }

    private static IEnumerable<string> Notes(SavingsRow total)
    {
        if (total.RoutedAgainstLarge is { } routed)
            yield return $"Accepted as routed, against the large model by lot: {Points(routed)}.";
        if (total.CheapAgainstLarge is { } cheap)
            yield return $"Accepted of the cheap model, against the large one, by lot: {Points(cheap)}.";
        if (total.CascadeChecked > 0)
            yield return $"The cascade let {Text(total.CascadePassed, total.CascadeChecked, percent: true)} of the cheap answers pass that it looked at.";
        if (total.RejectedUsd + total.JudgeUsd + total.FailedCallsUsd + total.UnansweredUsd + total.AmbiguousUsd > 0)
        {
            yield return $"In USD are {CellText.Money(total.RejectedUsd)} for rejected answers, {CellText.Money(total.JudgeUsd)} for judges, "
                + $"{CellText.Money(total.FailedCallsUsd)} for failed calls, {CellText.Money(total.UnansweredUsd)} for requests without an answer"
                + (total.UnansweredUnpricedCalls > 0 ? $" (and {CellText.Count(total.UnansweredUnpricedCalls)} calls of unknown price)" : "")
                + $", and {CellText.Money(total.AmbiguousUsd)} estimated for calls of unknown outcome.";
        }

        if (total.Unpriced + total.Open > 0)
            yield return $"Left out: {CellText.Count(total.Unpriced)} answered requests with an unknown price, {CellText.Count(total.Open)} that have not ended.";
        if (total.Unanswered > 0)
            yield return $"Without an answer: {CellText.Count(total.Unanswered)}; what they cost counts against the saving.";
        yield return "All on large, or on cheap, takes each answer's tokens at that model's price: had the other model answered, it might have been at another length.";
        if (total.OutputRatio is { } ratio)
            yield return string.Create(CultureInfo.InvariantCulture, $"By lot the large model answers with {ratio.Value:0.00} times the output tokens of the cheap one [{ratio.Low:0.00}, {ratio.High:0.00}].");
        if (total.SavedByLotUsd is { } lot)
            yield return string.Create(CultureInfo.InvariantCulture, $"Saved by what the lot sent to the large model, without that assumption: {lot.Value:0.000000} USD [{lot.Low:0.000000}, {lot.High:0.000000}], from {lot.Count:N0} requests.");
        yield return "By lot, same share: the mean of routers that send as many to the large model, but any; ± and [ ] hold 95 %.";
    }

    private static string Share(long part, long whole) => whole == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{(double)part / whole:P1}");

    private static string Text(Estimate? estimate, long count, bool percent) => estimate switch
    {
        null when count == 0 => "",
        null => $"not enough data: {CellText.Count(count)}",
        _ when percent => string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:P1} [{estimate.Low:P1}, {estimate.High:P1}] of {estimate.Count:N0}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:0.000} [{estimate.Low:0.000}, {estimate.High:0.000}] of {estimate.Count:N0}"),
    };

    private static string Points(Estimate difference) =>
        string.Create(CultureInfo.InvariantCulture, $"{difference.Value * 100:+0.0;-0.0;0.0} points [{difference.Low * 100:+0.0;-0.0;0.0}, {difference.High * 100:+0.0;-0.0;0.0}]");
}
