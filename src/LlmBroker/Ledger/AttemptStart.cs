namespace LlmBroker.Ledger;

/// <summary>The row that is committed before a vendor is called.</summary>
internal sealed record AttemptStart
{
    public required RunKey Key { get; init; }
    public required Guid AttemptId { get; init; }

    /// <summary>One delivery in one worker. The first attempt of a claim takes the request; later ones prove that it still holds it.</summary>
    public required Guid ClaimId { get; init; }

    /// <summary>The worker process, whose lease keeps its claims.</summary>
    public required Guid WorkerId { get; init; }

    public required string Deployment { get; init; }
    public required string Provider { get; init; }
    public required string Model { get; init; }
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Estimated input plus maximum output at the price of the day; null when the price is unknown.</summary>
    public decimal? EstimatedCostUsd { get; init; }

    /// <summary>The attempt is refused when this has passed by the time of the commit.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Cap on attempts per run.</summary>
    public required int MaxAttempts { get; init; }

    /// <summary>Cap on spend over all runs; the attempt is refused when spent plus estimate would pass it.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>A started attempt without an end, found at take-over, refuses the attempt instead of allowing another call.</summary>
    public bool AtMostOnce { get; init; }

    /// <summary>Null: to answer the request; else one of <see cref="AttemptPurpose"/>.</summary>
    public string? Purpose { get; init; }

    /// <summary>
    /// How this claim's attempt before ended, where that waited to be written: in one commit with this start, so that nobody finds the one
    /// without the other. It is recorded whether or not the start is allowed.
    /// </summary>
    public AttemptEnd? Previous { get; init; }

    /// <summary>
    /// Deployments that the run goes on to when an answer is rejected. A start from before that, by a message that came again, is refused with
    /// <see cref="StartState.MovedOn"/>.
    /// </summary>
    public IReadOnlyList<string> EscalateTo { get; init; } = [];
}
