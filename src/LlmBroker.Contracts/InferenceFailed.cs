using System.Text.Json;

namespace LlmBroker.Contracts;

/// <summary>The reply to a request that ended without an answer. AMQP property <c>type</c>: <c>InferenceFailed</c>.</summary>
public sealed record InferenceFailed
{
    /// <summary>The id under which the request was published; <c>unidentified-…</c> when it had none.</summary>
    public required string RequestId { get; init; }

    /// <summary>1, or more after a redrive.</summary>
    public required int Run { get; init; }

    /// <summary>Why, out of a closed set.</summary>
    public required FailureReason Reason { get; init; }

    /// <summary>The thing, the value and the remedy, for a person to read. Holds no prompt text and no secret.</summary>
    public required string Message { get; init; }

    /// <summary>The dead letter that ops can redrive; null when there is none.</summary>
    public Guid? DeadLetterId { get; init; }

    /// <summary>Where the request was when it ended; null when it was refused before routing.</summary>
    public Route? Route { get; init; }

    /// <summary>Vendor calls made for this request, over all runs.</summary>
    public int Attempts { get; init; }

    /// <summary>Everything spent on this request in USD; null when a price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary><c>known</c>, or <c>unknown</c> when the model had no price on that day.</summary>
    public PriceStatus PriceStatus { get; init; } = PriceStatus.Known;

    /// <summary>When the request arrived.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When the outcome was settled.</summary>
    public required DateTimeOffset FailedAt { get; init; }

    /// <summary>The producer's group.</summary>
    public string? GroupId { get; init; }

    /// <summary>The producer's metadata, unchanged.</summary>
    public JsonElement? Metadata { get; init; }
}
