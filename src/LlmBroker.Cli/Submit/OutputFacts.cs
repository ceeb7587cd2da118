using System.Text.Json.Serialization;
using LlmBroker.Contracts;

namespace LlmBroker.Cli.Submit;

/// <summary>What the broker knows of a line's request beyond OpenAI's response.</summary>
internal sealed record OutputFacts
{
    public string? RequestId { get; init; }

    public int Run { get; init; }

    /// <summary>Which asking failed, counted from 0. Only on failures.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Retry { get; init; }

    public string? Model { get; init; }

    public string? Deployment { get; init; }

    public string? Tier { get; init; }

    public string? Task { get; init; }

    /// <summary>Why it was routed there.</summary>
    public string? Reason { get; init; }

    public int Attempts { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TokenUsage? Usage { get; init; }

    public decimal? CostUsd { get; init; }

    public PriceStatus PriceStatus { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? FinishReason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? DeadLetterId { get; init; }
}
