namespace LlmBroker.Contracts;

/// <summary>Where one reply goes and what makes the producer recognise it.</summary>
public sealed record ReplyAddress
{
    /// <summary>Name of the reply queue, as in the AMQP property <c>reply_to</c>; a direct reply-to address as RabbitMQ made it.</summary>
    public required string Queue { get; init; }

    /// <summary>The producer's AMQP <c>correlation_id</c>, any string, given back unchanged.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The request id of MassTransit's request client; when set, the reply is in MassTransit's envelope.</summary>
    public Guid? MassTransitRequestId { get; init; }

    /// <summary>True when the reply must be in MassTransit's envelope.</summary>
    public bool Envelope { get; init; }

    /// <summary>W3C <c>traceparent</c> of the message that asked.</summary>
    public string? TraceParent { get; init; }
}
