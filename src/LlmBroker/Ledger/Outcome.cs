using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>The one terminal outcome of a run.</summary>
internal sealed record Outcome
{
    /// <summary>Null: completed.</summary>
    public FailureReason? Failure { get; init; }

    /// <summary>Message of the failure; null when completed.</summary>
    public string? Message { get; init; }

    /// <summary>The stable message id of the reply, whoever sends it and however often.</summary>
    public required Guid ReplyId { get; init; }

    /// <summary>The reply as it goes over the wire: UTF-8 JSON of <see cref="InferenceCompleted"/> or <see cref="InferenceFailed"/>.</summary>
    public required byte[] Reply { get; init; }

    public required DateTimeOffset SettledAt { get; init; }

    /// <summary>What the answer cost, or would have cost, on the policy's cheap model; null when that is unknown or there is no answer.</summary>
    public decimal? CheapCostUsd { get; init; }

    /// <summary>The same on its large model.</summary>
    public decimal? LargeCostUsd { get; init; }
}
