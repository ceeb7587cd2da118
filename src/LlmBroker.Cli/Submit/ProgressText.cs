namespace LlmBroker.Cli.Submit;

/// <summary>Progress in one line.</summary>
internal static class ProgressText
{
    public static string Of(ProgressReading progress, SubmitTotals totals, int inFlight, string? trouble)
    {
        var parts = new List<string>
        {
            $"{progress.Done:N0}/{progress.Total:N0}",
            $"{progress.Rate:N1} req/s",
        };
        if (totals.ShareOf("cheap") is { } cheap && totals.ShareOf("large") is { } large)
            parts.Add($"cheap {cheap:P0} large {large:P0}".Replace(" %", "%", StringComparison.Ordinal));
        parts.Add(CostOf(totals.KnownCostUsd, totals.CostUnknown));
        if (totals.Failed + totals.InvalidLines is > 0 and var failed)
            parts.Add($"{failed:N0} failed");
        parts.Add($"{inFlight:N0} in flight");
        parts.Add($"ETA {(progress.Left is { } left ? DurationOf(left) : "?")}");
        if (trouble is not null)
            parts.Add(trouble + " Waiting.");
        return string.Join(" · ", parts);
    }

    /// <summary>A cost is at least this much when some prices are unknown.</summary>
    public static string CostOf(decimal knownUsd, int unknown) => unknown == 0 ? $"${knownUsd:0.0000}" : $"≥ ${knownUsd:0.0000}";

    public static string DurationOf(TimeSpan duration) => duration switch
    {
        { TotalHours: >= 1 } => $"{(int)duration.TotalHours}h {duration.Minutes:00}m",
        { TotalMinutes: >= 1 } => $"{duration.Minutes}m {duration.Seconds:00}s",
        _ => $"{duration.TotalSeconds:0}s",
    };
}
