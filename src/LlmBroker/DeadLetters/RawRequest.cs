using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using LlmBroker.Routing;

namespace LlmBroker.DeadLetters;

/// <summary>The request in a letter that has no run, such as a poisoned one that no router got through with. Pure.</summary>
internal static class RawRequest
{
    /// <summary>
    /// Null when there is none: nobody can read it, it has no tenant, or it is no request but, say, a cancellation. The route is still to be
    /// found.
    /// </summary>
    /// <param name="letter">A letter without a run.</param>
    /// <param name="lanes">Give a request without a deadline its own.</param>
    /// <param name="replyPrefix">What the tenant's reply queues begin with.</param>
    public static (RunInference Run, SubmitInference Message)? Read(DeadLetter letter, LanesOptions lanes, string replyPrefix)
    {
        if (letter.Tenant is null || LaneOf(letter.Source) is not { } keyLane || TryRead(letter) is not { Unidentified: false } request)
            return null;

        var message = request.Message;
        var lane = message.Lane ?? keyLane;
        var deadline = message.Deadline > letter.CreatedAt ? message.Deadline.Value : letter.CreatedAt + lanes.Of(lane).DefaultDeadline;
        var run = new RunInference
        {
            Tenant = letter.Tenant,
            RequestId = request.RequestId,
            Run = letter.Run,
            Lane = lane,
            Operation = message.Operation ?? RequestOperation.Chat,
            Route = new Route { Deployment = "", Model = "", Reason = "" },
            AcceptedAt = letter.CreatedAt,
            Deadline = deadline.ToUniversalTime(),
            Body = message.Body,
            MaxCostUsd = message.MaxCostUsd,
            AtMostOnce = message.Delivery == "at-most-once",
            ReplyTo = request.ReplyTo is { } address && ReplyQueueRule.Allows(address.Queue, replyPrefix) ? address : null,
            GroupId = message.GroupId,
            Metadata = message.Metadata,
        };
        return (run, message);
    }

    private static IncomingRequest? TryRead(DeadLetter letter)
    {
        try
        {
            return IncomingRequest.Read(new Delivery
            {
                Body = letter.Body,
                ContentType = letter.ContentType,
                MessageId = letter.RequestId,
                CorrelationId = letter.ReplyTo?.CorrelationId,
                ReplyTo = letter.ReplyTo?.Queue,
                TraceParent = letter.ReplyTo?.TraceParent,
            });
        }
        catch (JsonException)
        {
            // Not a request, which is what the caller asks.
            return null;
        }
    }

    /// <summary>The lane of a message to the routers; null for one to anybody else.</summary>
    private static string? LaneOf(string? source)
    {
        var (exchange, key) = BrokerTopology.SourceOf(source);
        if (exchange.Length == 0)
            return BrokerTopology.LaneOf(key);
        if (exchange == BrokerTopology.MassTransitRequests)
            return Lane.Standard;

        var lane = key[(key.LastIndexOf('.') + 1)..];
        return exchange == BrokerTopology.Requests && Lane.IsKnown(lane) ? lane : null;
    }
}
