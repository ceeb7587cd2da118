using System.Globalization;
using LlmBroker.Savings;

namespace LlmBroker.Cli.Savings;

/// <summary>A report as comma-separated values (RFC 4180): a line for each group and one for all, money with every digit.</summary>
internal static class SavingsCsv
{
    private static readonly (string Name, Func<SavingsRow, object?> Value)[] Columns =
    [
        ("runs", row => row.Runs),
        ("compared", row => row.Compared),
        ("unpriced", row => row.Unpriced),
        ("open", row => row.Open),
        ("unanswered", row => row.Unanswered),
        ("cheap", row => row.Cheap),
        ("large", row => row.Large),
        ("escalated", row => row.Escalated),
        ("cost_usd", row => row.CostUsd),
        ("ambiguous_usd", row => row.AmbiguousUsd),
        ("failed_calls_usd", row => row.FailedCallsUsd),
        ("rejected_usd", row => row.RejectedUsd),
        ("judge_usd", row => row.JudgeUsd),
        ("unanswered_usd", row => row.UnansweredUsd),
        ("all_large_usd", row => row.AllLargeUsd),
        ("all_cheap_usd", row => row.AllCheapUsd),
        ("shuffled_usd", row => row.ShuffledUsd),
        ("shuffled_reach_usd", row => row.ShuffledReachUsd),
        ("saved_usd", row => row.SavedUsd),
        ("saved_share", row => row.SavedShare),
        ("saved_by_lot_usd", row => row.SavedByLotUsd?.Value),
        ("saved_by_lot_low_usd", row => row.SavedByLotUsd?.Low),
        ("saved_by_lot_high_usd", row => row.SavedByLotUsd?.High),
        ("output_ratio", row => row.OutputRatio?.Value),
        ("cascade_checked", row => row.CascadeChecked),
        ("cascade_passed", row => row.CascadePassed?.Value),
        ("routed_against_large", row => row.RoutedAgainstLarge?.Value),
        .. new[] { "cheap", "large", AnswerQuality.Routed }.SelectMany(QualityColumns),
    ];

    public static void Write(TextWriter output, string by, SavingsReport report)
    {
        output.WriteLine($"{by},{string.Join(',', Columns.Select(column => column.Name))}");
        foreach (var row in report.Rows)
            output.WriteLine(Line(row));
        output.WriteLine(Line(report.Total));
    }

    private static IEnumerable<(string, Func<SavingsRow, object?>)> QualityColumns(string of)
    {
        yield return ($"{of}_judged", row => Of(row).Judged);
        yield return ($"{of}_accepted", row => Of(row).Accepted?.Value);
        yield return ($"{of}_accepted_low", row => Of(row).Accepted?.Low);
        yield return ($"{of}_accepted_high", row => Of(row).Accepted?.High);
        yield return ($"{of}_scored", row => Of(row).Scored);
        yield return ($"{of}_score", row => Of(row).Score?.Value);
        yield return ($"{of}_score_low", row => Of(row).Score?.Low);
        yield return ($"{of}_score_high", row => Of(row).Score?.High);

        AnswerQuality Of(SavingsRow row) => row.Quality.Single(quality => quality.Of == of);
    }

    private static string Line(SavingsRow row) =>
        string.Join(',', Columns.Select(column => Convert.ToString(column.Value(row), CultureInfo.InvariantCulture)).Prepend(Quoted(row.Name ?? "unknown")));

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
