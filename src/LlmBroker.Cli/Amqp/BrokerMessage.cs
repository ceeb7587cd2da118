using System.Diagnostics;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using RabbitMQ.Client;

namespace LlmBroker.Cli.Amqp;

/// <summary>A message for the exchange <c>llm.requests</c>, ready to be published and to be published again.</summary>
internal sealed record BrokerMessage
{
    public required string RoutingKey { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    public required string Type { get; init; }

    /// <summary>The request's id, also its correlation id.</summary>
    public string? RequestId { get; init; }

    public string? ReplyTo { get; init; }

    /// <exception cref="InvalidOperationException">The body holds an escape that is no text, such as half a surrogate pair.</exception>
    public static BrokerMessage Request(string tenant, string lane, SubmitInference request, string replyTo) => new()
    {
        RoutingKey = $"{tenant}.{lane}",
        Body = WireJson.ToBytes(request),
        Type = nameof(SubmitInference),
        RequestId = request.RequestId,
        ReplyTo = replyTo,
    };

    public static BrokerMessage Cancellation(string tenant, CancelInference cancellation) => new()
    {
        RoutingKey = BrokerTopology.CancelKeyOf(tenant),
        Body = WireJson.ToBytes(cancellation),
        Type = nameof(CancelInference),
    };

    /// <param name="user">Who is connected; RabbitMQ refuses any other.</param>
    public BasicProperties PropertiesFor(string user)
    {
        var properties = new BasicProperties
        {
            ContentType = "application/json",
            DeliveryMode = DeliveryModes.Persistent,
            Type = Type,
            MessageId = RequestId,
            CorrelationId = RequestId,
            ReplyTo = ReplyTo,
            UserId = user,
        };
        if (Activity.Current?.Id is { } traceParent)
            properties.Headers = new Dictionary<string, object?> { [MessageHeader.TraceParent] = traceParent };
        return properties;
    }
}
