using MassTransit;
using RabbitMQ.Client;

namespace LlmBroker.Messaging;

/// <summary>A message as bytes with its AMQP properties; it is also the pipe that sets them, so that a send allocates nothing else.</summary>
internal sealed class OutgoingMessage : IPipe<SendContext<OutgoingMessage>>
{
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Content type: plain JSON, or MassTransit's envelope.</summary>
    public BytesSerializer Format { get; init; } = BytesSerializer.Json;

    /// <summary>AMQP <c>type</c>.</summary>
    public string? Type { get; init; }

    public string RoutingKey { get; init; } = "";
    public string? MessageId { get; init; }
    public string? CorrelationId { get; init; }
    public string? ReplyTo { get; init; }
    public TimeSpan? Expiration { get; init; }

    /// <summary>How long the in-memory transport holds the message back; RabbitMQ has wait queues for that.</summary>
    public TimeSpan? Delay { get; init; }

    /// <summary>Fail when no queue takes it.</summary>
    public bool Mandatory { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>Set while it may be refused; without it, it is sent until RabbitMQ takes it.</summary>
    public Offer? Offer { get; set; }

    public IReadOnlyDictionary<string, object?>? Headers { get; init; }

    public Task Send(SendContext<OutgoingMessage> context)
    {
        context.Serializer = Format;
        context.MessageId = null;

        if (TraceParent is not null)
            context.Headers.Set(MessageHeader.TraceParent, Cut(TraceParent));

        foreach (var (name, value) in Headers ?? EmptyHeaders)
            context.Headers.Set(name, value is string text ? Cut(text) : value);

        if (Expiration is { } expiration)
            context.TimeToLive = expiration;

        if (context is RabbitMqSendContext amqp)
            SetProperties(amqp);
        else
            SetHeaders(context);

        return Task.CompletedTask;
    }

    public void Probe(ProbeContext context)
    {
    }

    /// <summary>The same for a publish without the transport.</summary>
    public BasicProperties ToProperties() => new()
    {
        DeliveryMode = DeliveryModes.Persistent,
        ContentType = Format.ContentType.MediaType,
        Type = Type,
        MessageId = MessageId,
        CorrelationId = CorrelationId,
        ReplyTo = ReplyTo,
        Headers = TraceParent is null ? null : new Dictionary<string, object?> { [MessageHeader.TraceParent] = Cut(TraceParent) },
    };

    /// <summary>
    /// All properties travel in one frame (AMQP 0-9-1, 4.2.3). On one that is larger than agreed, 128 KiB, RabbitMQ closes the connection, and
    /// with it every consumer of the process.
    /// </summary>
    private const int LongestHeader = 4000;

    private static readonly Dictionary<string, object?> EmptyHeaders = [];

    private static string Cut(string text) => text.Length <= LongestHeader ? text : $"{text.AsSpan(0, LongestHeader)}…";

    private void SetProperties(RabbitMqSendContext context)
    {
        context.RoutingKey = RoutingKey;
        context.Mandatory = Mandatory;
        context.BasicProperties.Type = Type;
        context.BasicProperties.MessageId = MessageId;
        context.BasicProperties.CorrelationId = CorrelationId;
        context.BasicProperties.ReplyTo = ReplyTo;
    }

    private void SetHeaders(SendContext context)
    {
        if (context is RoutingKeySendContext routed)
            routed.RoutingKey = RoutingKey;

        context.Delay = Delay;
        context.Headers.Set(MessageHeader.Type, Type);
        context.Headers.Set(MessageHeader.MessageId, MessageId);
        context.Headers.Set(MessageHeader.CorrelationId, CorrelationId);
        context.Headers.Set(MessageHeader.ReplyTo, ReplyTo);
    }
}
