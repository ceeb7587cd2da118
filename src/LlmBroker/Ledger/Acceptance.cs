using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.Ledger;

/// <summary>What the router records of a request before it sends it on, or of one that it refuses.</summary>
internal sealed record Acceptance
{
    public required RunKey Key { get; init; }

    /// <summary>SHA-256 of what makes two publishes of one id the same request.</summary>
    public required byte[] BodyHash { get; init; }

    public required DateTimeOffset AcceptedAt { get; init; }
    public required string Lane { get; init; }
    public required string Operation { get; init; }
    public required DateTimeOffset Deadline { get; init; }
    public required int MessageBytes { get; init; }

    /// <summary>Null when the request was refused before routing.</summary>
    public Route? Route { get; init; }

    /// <summary>On what the route was decided.</summary>
    public Decision? Decision { get; init; }

    /// <summary>Estimated tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    public decimal? MaxCostUsd { get; init; }
    public bool AtMostOnce { get; init; }
    public string? GroupId { get; init; }
    public ReplyAddress? ReplyTo { get; init; }

    /// <summary>The body as UTF-8 JSON, where it is to be kept in the ledger because the message to the workers only refers to it.</summary>
    public byte[]? StoredBody { get; init; }

    /// <summary>The prompt's hashed features, where they are to be kept to learn from.</summary>
    public byte[]? Features { get; init; }

    public string? TraceId { get; init; }
}
