using System.Diagnostics;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Messaging;
using RabbitMQ.Client;

namespace LlmBroker.Cli.Amqp;

/// <summary>A message for the broker, ready to be published and to be published again.</summary>
internal sealed record BrokerMessage
{
    public string Exchange { get; init; } = BrokerTopology.Requests;

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

    /// <summary>A redriven run on its way to the workers, or a letter without a run on its way back to where it came from.</summary>
    public static BrokerMessage Redriven(RedriveResult result)
    {
        if (result.Run is not null && WireJson.Read<RunInference>(result.Body) is { } run)
        {
            return new BrokerMessage
            {
                Exchange = BrokerTopology.Work,
                RoutingKey = BrokerTopology.WorkKey(run.Route.Deployment, run.Lane),
                Body = result.Body,
                Type = nameof(RunInference),
                RequestId = run.RequestId,
            };
        }

        var source = (result.Source ?? "/").Split('/', 2);
        return new BrokerMessage { Exchange = source[0], RoutingKey = source[^1], Body = result.Body, Type = nameof(SubmitInference) };
    }

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
