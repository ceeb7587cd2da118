namespace LlmBroker.Benchmarks.Chaos;

/// <summary>What the reconciliation of a run came to.</summary>
internal sealed record ChaosVerdict
{
    public required IReadOnlyList<ChaosFinding> Findings { get; init; }

    /// <summary>Concluded attempts: the sum of what ledger and vendor differ by.</summary>
    public required decimal CostDifferenceUsd { get; init; }

    public required int Attempts { get; init; }
    public required int Calls { get; init; }

    /// <summary>Calls beyond the first of each run.</summary>
    public required int RepeatedCalls { get; init; }

    /// <summary>Attempts that were called ambiguous, whether or not they were heard of later.</summary>
    public required int Ambiguous { get; init; }

    /// <summary>What those are estimated at that were never heard of.</summary>
    public required decimal AmbiguousUsd { get; init; }

    /// <summary>What the vendor billed for the same.</summary>
    public required decimal AmbiguousBilledUsd { get; init; }

    /// <summary>Messages beyond the first of each id.</summary>
    public required int Duplicates { get; init; }

    public required int Redelivered { get; init; }
    public required int Cancelled { get; init; }

    /// <summary>How many runs ended in which way.</summary>
    public required IReadOnlyDictionary<string, int> Outcomes { get; init; }

    /// <summary>For each return of a server, how long it took until work flowed; null when it never did.</summary>
    public required IReadOnlyList<(string Server, double? Seconds)> ResumeSeconds { get; init; }

    /// <summary>Whether everything happened that the guarantees are for.</summary>
    public bool ProvesSomething => Duplicates > 0 && Ambiguous > 0 && Redelivered > 0 && Cancelled > 0;

    /// <summary>Requests that show a guarantee to be broken.</summary>
    public int Count(ChaosGuarantee guarantee) => Findings.Where(finding => finding.Guarantee == guarantee).Select(finding => finding.RequestId).Distinct().Count();

    /// <summary>Every case, for guarantees of which one request can break more than one.</summary>
    public int CountAll(ChaosGuarantee guarantee) => Findings.Count(finding => finding.Guarantee == guarantee);
}
