using System.Globalization;
using LlmBroker.Learning;

namespace LlmBroker.Training;

/// <summary>Labelled requests of a ledger, parted into days to learn from and days to measure on. Only cheap answers with features can be either.</summary>
internal sealed record LedgerDays
{
    /// <summary>Held out where nothing else is said.</summary>
    public const int DefaultHeldOut = 7;

    /// <summary>Labelled cheap answers with features on either side below which nothing is told.</summary>
    public const int FewestRows = 200;

    /// <summary>Good ones, and bad ones, on either side.</summary>
    public const int FewestOfEach = 20;

    /// <summary>Midnight, UTC: what was accepted before is learnt from, the rest is held out.</summary>
    public required DateTimeOffset HeldOutFrom { get; init; }

    /// <summary>Labelled cheap answers with features of the days before, and all that is said of the large model's; oldest first.</summary>
    public required IReadOnlyList<LedgerExample> Learning { get; init; }

    /// <summary>Labelled cheap answers with features of the days held out; oldest first.</summary>
    public required IReadOnlyList<LedgerExample> HeldOut { get; init; }

    /// <summary>Whether <see cref="HeldOut"/> is only what a lot sent to the cheap model; else all that went there, which the running model itself chose.</summary>
    public required bool ByLot { get; init; }

    /// <summary>Labelled cheap answers that are left out because no features of them are kept.</summary>
    public required int WithoutFeatures { get; init; }

    /// <summary>The part of the large model's answers that is bad, over all days.</summary>
    public required double LargeBad { get; init; }

    public int LearntCheap => Learning.Count(example => example.OfCheap);

    /// <summary>The first moment that is held out: the midnight, UTC, so many days before.</summary>
    /// <param name="until">End of the time that is looked at.</param>
    /// <param name="days">At least 1.</param>
    public static DateTimeOffset HeldOutFromOf(DateTimeOffset until, int days) => new DateTimeOffset(until.UtcDateTime.Date, TimeSpan.Zero).AddDays(-days);

    /// <param name="examples">Of all days, oldest first.</param>
    /// <param name="heldOutFrom">Where the days held out begin.</param>
    public static LedgerDays Of(IReadOnlyList<LedgerExample> examples, DateTimeOffset heldOutFrom)
    {
        var heldOut = examples.Where(example => example is { OfCheap: true, Features: not null } && example.AcceptedAt >= heldOutFrom).ToArray();
        var drawn = heldOut.Where(example => example.Arm is not null).ToArray();
        var byLot = drawn.Length >= FewestRows && IsMixed(drawn);
        return new LedgerDays
        {
            HeldOutFrom = heldOutFrom,
            Learning = [.. examples.Where(example => example.AcceptedAt < heldOutFrom && (!example.OfCheap || example.Features is not null))],
            HeldOut = byLot ? drawn : heldOut,
            ByLot = byLot,
            WithoutFeatures = examples.Count(example => example is { OfCheap: true, Features: null }),
            LargeBad = GainCorrectionTrainer.LargeBad(examples),
        };
    }

    /// <summary>Why models cannot be compared on these days, or one learn from them, and what to do; null when they can.</summary>
    /// <param name="learns">Whether the days before are needed as well.</param>
    public string? WhyNot(bool learns)
    {
        var learning = Learning.Where(example => example.OfCheap).ToArray();
        if (learning.Length + HeldOut.Count + WithoutFeatures == 0)
            return "Nothing was said of a cheap answer. That takes a policy with 'auto' or 'cascade', and feedback ('llmbroker feedback') or a cascade; --since looks further back.";

        var day = HeldOutFrom.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (learns && WhyNot(learning, $"before {day}, which are learnt from", "fewer --hold-out-days or an earlier --since give more") is { } tooFewBefore)
            return tooFewBefore;
        return WhyNot(HeldOut, $"from {day} on, which are held out", "more --hold-out-days give more");
    }

    private static bool IsMixed(IReadOnlyList<LedgerExample> rows) =>
        rows.Count(row => row.Bad) is var bad && bad >= FewestOfEach && rows.Count - bad >= FewestOfEach;

    private string? WhyNot(IReadOnlyList<LedgerExample> rows, string which, string remedy)
    {
        var missing = WithoutFeatures > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" {WithoutFeatures:N0} more have no features kept: raise routing.learning.share, and ledger.retention.payloads, with which they go.")
            : "";
        if (rows.Count < FewestRows)
            return string.Create(CultureInfo.InvariantCulture, $"There are {rows.Count:N0} labelled cheap answers with features {which}; it takes {FewestRows}: {remedy}.{missing}");
        return IsMixed(rows)
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Of the {rows.Count:N0} labelled cheap answers with features {which}, {rows.Count(row => row.Bad):N0} are bad; it takes {FewestOfEach} bad ones and as many good ones: {remedy}.{missing}");
    }
}
