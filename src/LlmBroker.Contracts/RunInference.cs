using System.Text.Json;

namespace LlmBroker.Contracts;

/// <summary>A routed request on its way to the workers of one deployment. Sent by the router to the exchange <c>llm.work</c>.</summary>
public sealed record RunInference
{
    /// <summary>The tenant that published the request.</summary>
    public required string Tenant { get; init; }

    /// <summary>Idempotency key within the tenant.</summary>
    public required string RequestId { get; init; }

    /// <summary>1 for the first run; a redrive opens the next.</summary>
    public required int Run { get; init; }

    /// <summary><c>interactive</c>, <c>standard</c> or <c>bulk</c>.</summary>
    public required string Lane { get; init; }

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public required string Operation { get; init; }

    /// <summary>Where the request goes, and why.</summary>
    public required Route Route { get; init; }

    /// <summary>When the router accepted the request.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>After this instant no vendor call is started.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>The OpenAI request as the producer sent it; null when it is kept in the ledger, see <see cref="BodyRef"/>.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>Where a body is kept that is too large to travel; null: it is in <see cref="Body"/>.</summary>
    public BodyReference? BodyRef { get; init; }

    /// <summary>Cap on the money spent on this request, in USD; null: none.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>Whether a call whose outcome is unknown may be made again.</summary>
    public bool AtMostOnce { get; init; }

    /// <summary>Where the reply goes; null: nobody asked for one.</summary>
    public ReplyAddress? ReplyTo { get; init; }

    /// <summary>The producer's group.</summary>
    public string? GroupId { get; init; }

    /// <summary>The producer's metadata, echoed in the reply.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>A copy whose result is recorded and never answered.</summary>
    public bool Shadow { get; init; }

    /// <summary>How many times the request went through a wait queue in this run.</summary>
    public int Laps { get; init; }

    /// <summary>Vendor calls so far, over all runs, when this message was sent.</summary>
    public int Attempts { get; init; }

    /// <summary>Known costs so far in USD, over all runs.</summary>
    public decimal SpentUsd { get; init; }

    /// <summary>At least one call so far has no known cost.</summary>
    public bool CostUnknown { get; init; }

    /// <summary>Cost in USD of the cheap model's answer that was rejected, when the run went on to the large one; null: it did not, or unknown.</summary>
    public decimal? RejectedCostUsd { get; init; }
}
