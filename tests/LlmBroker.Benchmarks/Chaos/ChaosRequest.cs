using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>One request id with everything that the producer does about it.</summary>
internal sealed record ChaosRequest
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public required string Id { get; init; }
    public required string Lane { get; init; }

    /// <summary>Null: by policy.</summary>
    public string? Model { get; init; }

    public required string Prompt { get; init; }
    public Repetition Repetition { get; init; }

    /// <summary>How long after the first message a repetition or a cancellation goes out.</summary>
    public TimeSpan Pause { get; init; }

    public bool IsCancelled { get; init; }

    /// <summary>From now on; null: the lane's.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>The AMQP property.</summary>
    public TimeSpan? Expiration { get; init; }

    public bool AtMostOnce { get; init; }
    public decimal? MaxCostUsd { get; init; }

    /// <summary>The message with its deadline counted from now; the other body is of another request that uses the same id.</summary>
    public byte[] ToBytes(DateTimeOffset now, bool isOtherBody) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            requestId = Id,
            model = Model,
            deadline = now + Deadline,
            delivery = AtMostOnce ? "at-most-once" : null,
            maxCostUsd = MaxCostUsd,
            body = new { messages = new[] { new { role = "user", content = isOtherBody ? $"{Prompt} And more." : Prompt } } },
        },
        Json);
}
