using LlmBroker.Contracts;

namespace LlmBroker.DeadLetters;

/// <summary>A message that needs an operator: kept with its body, so that it can be redriven.</summary>
internal sealed record DeadLetter
{
    public required Guid Id { get; init; }

    /// <summary>Null when not even that could be read.</summary>
    public string? Tenant { get; init; }

    public string? RequestId { get; init; }
    public int Run { get; init; }
    public required FailureReason Reason { get; init; }

    /// <summary>The last error, for a person to read. No prompt text, no secret.</summary>
    public required string Error { get; init; }

    /// <summary>Where it was: deployment, or the queue of an unreadable message.</summary>
    public string? Deployment { get; init; }

    /// <summary>The model that the deployment serves; null for a message without a run.</summary>
    public string? Model { get; init; }

    public string? Lane { get; init; }
    public string? Task { get; init; }
    public int Attempts { get; init; }

    /// <summary>Spent so far in USD; null when unknown.</summary>
    public decimal? CostUsd { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The message as it was: JSON of <see cref="RunInference"/>, or whatever an unreadable message held.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Where a message without a run came from: <c>exchange/key</c>, or the queue in which RabbitMQ gave it up.</summary>
    public string? Source { get; init; }

    /// <summary>AMQP content type of a message without a run.</summary>
    public string? ContentType { get; init; }

    /// <summary>Where a message without a run is answered; null when nobody asked, or the queue is not the tenant's.</summary>
    public ReplyAddress? ReplyTo { get; init; }
}
