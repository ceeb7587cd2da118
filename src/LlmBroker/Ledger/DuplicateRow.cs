namespace LlmBroker.Ledger;

/// <summary>What calls of unknown outcome, and the calls that repeated them, have cost one tenant, model, deployment or day.</summary>
internal sealed record DuplicateRow
{
    public required string Name { get; init; }

    /// <summary>Calls whose outcome was unknown when they were given up: a worker died in them, or the answer got lost.</summary>
    public long AmbiguousCalls { get; init; }

    /// <summary>Their known estimates in USD.</summary>
    public decimal EstimatedUsd { get; init; }

    /// <summary>Those without an estimate, which is not in <see cref="EstimatedUsd"/>.</summary>
    public long UnestimatedCalls { get; init; }

    /// <summary>Of the ambiguous calls, those whose true end was recorded later.</summary>
    public long HeardOf { get; init; }

    /// <summary>What those are known to have cost in USD.</summary>
    public decimal HeardOfUsd { get; init; }

    /// <summary>Those whose cost is not known.</summary>
    public long HeardOfUnpriced { get; init; }

    /// <summary>Calls that came after an ambiguous one of the same request, whichever run it was. One that became ambiguous itself counts as both.</summary>
    public long RepeatCalls { get; init; }

    /// <summary>What those are known to have cost in USD; ambiguous ones of them at their estimate.</summary>
    public decimal RepeatUsd { get; init; }

    /// <summary>Ended ones whose cost is not known.</summary>
    public long RepeatUnpriced { get; init; }
}
