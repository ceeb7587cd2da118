using System.Diagnostics;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
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

    /// <summary>The message's id: the request's, where it is one; an id of its own for a reply and for feedback.</summary>
    public string? RequestId { get; init; }

    public string? CorrelationId { get; init; }

    public string? ReplyTo { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>Whether RabbitMQ hands it back when no queue takes it. Not on direct reply-to, where it would be delivered and handed back.</summary>
    public bool Mandatory { get; init; } = true;

    /// <exception cref="InvalidOperationException">The body holds an escape that is no text, such as half a surrogate pair.</exception>
    public static BrokerMessage Request(string tenant, string lane, SubmitInference request, string replyTo) => new()
    {
        RoutingKey = $"{tenant}.{lane}",
        Body = WireJson.ToBytes(request),
        Type = nameof(SubmitInference),
        RequestId = request.RequestId,
        CorrelationId = request.RequestId,
        ReplyTo = replyTo,
    };

    public static BrokerMessage Cancellation(string tenant, CancelInference cancellation) => new()
    {
        RoutingKey = BrokerTopology.CancelKeyOf(tenant),
        Body = WireJson.ToBytes(cancellation),
        Type = nameof(CancelInference),
    };

    public static BrokerMessage Feedback(string tenant, SubmitFeedback feedback) => new()
    {
        Exchange = BrokerTopology.Feedback,
        RoutingKey = tenant,
        Body = WireJson.ToBytes(feedback),
        Type = nameof(SubmitFeedback),
        RequestId = Guid.NewGuid().ToString(),
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

        var (exchange, key) = BrokerTopology.SourceOf(result.Source);
        return new BrokerMessage
        {
            Exchange = exchange,
            RoutingKey = key,
            Body = result.Body,
            Type = nameof(SubmitInference),
            RequestId = result.Raw?.RequestId,
            CorrelationId = result.Raw?.ReplyTo?.CorrelationId,
            ReplyTo = result.Raw?.ReplyTo?.Queue,
            ContentType = BytesSerializer.Of(result.Raw?.ContentType).ContentType.ToString(),
        };
    }

    /// <summary>The recorded reply, as the broker itself sends it.</summary>
    public static BrokerMessage Reply(ReplyAddress to, RecordedOutcome outcome, byte[] reply)
    {
        var type = outcome.Failure is null ? nameof(InferenceCompleted) : nameof(InferenceFailed);
        return new BrokerMessage
        {
            Exchange = "",
            RoutingKey = to.Queue,
            Body = to.Envelope ? MassTransitEnvelope.Write(to, outcome, type, reply) : reply,
            Type = type,
            RequestId = outcome.ReplyId.ToString(),
            CorrelationId = to.CorrelationId,
            ContentType = (to.Envelope ? BytesSerializer.Envelope : BytesSerializer.Json).ContentType.ToString(),
            Mandatory = !to.Queue.StartsWith(ReplyQueueRule.DirectReplyTo, StringComparison.Ordinal),
        };
    }

    /// <param name="user">Who is connected; RabbitMQ refuses any other.</param>
    public BasicProperties PropertiesFor(string user)
    {
        var properties = new BasicProperties
        {
            ContentType = ContentType,
            DeliveryMode = DeliveryModes.Persistent,
            Type = Type,
            MessageId = RequestId,
            CorrelationId = CorrelationId,
            ReplyTo = ReplyTo,
            UserId = user,
        };
        if (Activity.Current?.Id is { } traceParent)
            properties.Headers = new Dictionary<string, object?> { [MessageHeader.TraceParent] = traceParent };
        return properties;
    }
}
