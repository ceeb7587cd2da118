using System.Text.Json;

namespace LlmBroker.Contracts;

/// <summary>The reply to a request that a model answered. AMQP property <c>type</c>: <c>InferenceCompleted</c>.</summary>
/// <remarks>A truncated answer is completed too: look at <see cref="FinishReason"/> before using the text.</remarks>
public sealed record InferenceCompleted
{
    /// <summary>The id under which the request was published.</summary>
    public required string RequestId { get; init; }

    /// <summary>1, or more after a redrive.</summary>
    public required int Run { get; init; }

    /// <summary>The OpenAI response object, whichever vendor answered.</summary>
    public required JsonElement Body { get; init; }

    /// <summary>Which deployment answered, and why it was chosen.</summary>
    public required Route Route { get; init; }

    /// <summary>The first choice's <c>finish_reason</c>: <c>stop</c>, <c>length</c> (truncated), <c>tool_calls</c> or <c>content_filter</c>.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Vendor calls made for this request, over all runs.</summary>
    public required int Attempts { get; init; }

    /// <summary>Tokens of the call that answered, as the vendor reported them.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>Everything spent on this request in USD, failed calls included; null when a price is unknown.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary><c>known</c>, or <c>unknown</c> when the model had no price on that day.</summary>
    public required PriceStatus PriceStatus { get; init; }

    /// <summary>When the router accepted the request.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>When the outcome was settled.</summary>
    public required DateTimeOffset CompletedAt { get; init; }

    /// <summary>The producer's group.</summary>
    public string? GroupId { get; init; }

    /// <summary>The producer's metadata, unchanged.</summary>
    public JsonElement? Metadata { get; init; }
}
