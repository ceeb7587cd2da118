using System.Globalization;
using System.Text;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>One delivery with the properties that RabbitMQ vouches for; nothing of the transport library in it.</summary>
internal sealed record Delivery
{
    public required ReadOnlyMemory<byte> Body { get; init; }
    public string? ContentType { get; init; }

    /// <summary>The queue from which it came.</summary>
    public string Queue { get; init; } = "";

    public string Exchange { get; init; } = "";
    public string RoutingKey { get; init; } = "";
    public string? MessageId { get; init; }
    public string? CorrelationId { get; init; }
    public string? ReplyTo { get; init; }

    /// <summary>The RabbitMQ user that published, checked by RabbitMQ; null when the producer did not set it.</summary>
    public string? UserId { get; init; }

    public TimeSpan? Expiration { get; init; }
    public string? TraceParent { get; init; }
    public bool Redelivered { get; init; }

    /// <summary>Why RabbitMQ dead-lettered it (<c>expired</c>, <c>delivery_limit</c>, …), and from which queue.</summary>
    public string? DeathReason { get; init; }

    public string? DeathQueue { get; init; }

    /// <summary>What we said when we dead-lettered it ourselves.</summary>
    public string? DeadReason { get; init; }

    public string? DeadError { get; init; }
    public string? DeadSource { get; init; }

    /// <summary>The original's <see cref="UserId"/>, kept by us. To be trusted only on a message from the dead-letter exchange.</summary>
    public string? DeadUser { get; init; }

    public static Delivery From(ConsumeContext<IncomingMessage> context) =>
        context.TryGetPayload<RabbitMqBasicConsumeContext>(out var amqp)
            ? FromRabbitMq(context, amqp)
            : FromMemory(context);

    private static Delivery FromRabbitMq(ConsumeContext<IncomingMessage> context, RabbitMqBasicConsumeContext amqp)
    {
        var properties = amqp.Properties;
        var headers = properties.Headers;
        var death = LastDeath(headers);
        // What we dead-letter ourselves is a new message, on which RabbitMQ has written nothing; on one that it has, our headers are the producer's.
        var own = death.Queue is null ? headers : null;
        return new Delivery
        {
            Body = context.Message.Body,
            Queue = context.ReceiveContext.InputAddress.Segments[^1],
            ContentType = properties.ContentType,
            Exchange = amqp.Exchange,
            RoutingKey = amqp.RoutingKey ?? "",
            MessageId = properties.MessageId,
            CorrelationId = properties.CorrelationId,
            ReplyTo = properties.ReplyTo,
            UserId = properties.UserId,
            Expiration = long.TryParse(properties.Expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null,
            TraceParent = Text(headers, MessageHeader.TraceParent),
            Redelivered = context.ReceiveContext.Redelivered,
            DeathReason = death.Reason,
            DeathQueue = death.Queue,
            DeadReason = Text(own, MessageHeader.DeadReason),
            DeadError = Text(own, MessageHeader.DeadError),
            DeadSource = Text(own, MessageHeader.DeadSource),
            DeadUser = Text(own, MessageHeader.DeadUser),
        };
    }

    private static Delivery FromMemory(ConsumeContext<IncomingMessage> context)
    {
        var headers = context.ReceiveContext.TransportHeaders;
        return new Delivery
        {
            Body = context.Message.Body,
            Queue = context.ReceiveContext.InputAddress.Segments[^1],
            ContentType = context.ReceiveContext.ContentType?.MediaType,
            RoutingKey = context.TryGetPayload<RoutingKeyConsumeContext>(out var routed) ? routed.RoutingKey ?? "" : "",
            MessageId = headers.Get<string>(MessageHeader.MessageId),
            CorrelationId = headers.Get<string>(MessageHeader.CorrelationId),
            ReplyTo = headers.Get<string>(MessageHeader.ReplyTo),
            UserId = headers.Get<string>(MessageHeader.UserId),
            TraceParent = headers.Get<string>(MessageHeader.TraceParent),
            Redelivered = context.ReceiveContext.Redelivered,
            DeadReason = headers.Get<string>(MessageHeader.DeadReason),
            DeadError = headers.Get<string>(MessageHeader.DeadError),
            DeadSource = headers.Get<string>(MessageHeader.DeadSource),
            DeadUser = headers.Get<string>(MessageHeader.DeadUser),
        };
    }

    /// <summary>
    /// The newest entry of <c>x-death</c>, which stands first. The <c>x-first-death-*</c> headers would tell of the wait queue of a
    /// request that was parked before.
    /// </summary>
    private static (string? Reason, string? Queue) LastDeath(IDictionary<string, object?>? headers) =>
        headers is not null
        && headers.TryGetValue(MessageHeader.Deaths, out var deaths)
        && deaths is IList<object?> { Count: > 0 } entries
        && entries[0] is IDictionary<string, object?> last
            ? (Text(last, "reason"), Text(last, "queue"))
            : default;

    /// <summary>AMQP header text comes as bytes.</summary>
    private static string? Text(IDictionary<string, object?>? headers, string name) =>
        headers is not null && headers.TryGetValue(name, out var value)
            ? value switch { byte[] bytes => Encoding.UTF8.GetString(bytes), string text => text, _ => null }
            : null;
}
