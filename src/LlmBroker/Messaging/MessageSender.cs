using System.Collections.Concurrent;
using System.Diagnostics;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Messaging;

/// <summary>
/// Everything the broker sends. Each method returns when RabbitMQ has confirmed; one that throws <see cref="OperationCanceledException"/>
/// may or may not have sent, so the delivery that caused it must not be acked.
/// </summary>
internal sealed partial class MessageSender(Lazy<IBus> bus, TransportKind transport, TimeProvider time, ILogger<MessageSender> logger)
{
    /// <summary>A confirm that never comes would be waited for for ever.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How long an event that nobody took is not tried again.</summary>
    private static readonly TimeSpan EventPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Task<ISendEndpoint>> endpoints = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> unheardEvents = new();

    /// <summary>
    /// Sends a request to the workers of its route's deployment; with <paramref name="wait"/> by way of that wait queue.
    /// A body that the ledger keeps stays there.
    /// </summary>
    public Task SendWorkAsync(RunInference run, WaitStep? wait, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage
        {
            Body = WireJson.ToBytes(run.BodyRef is null ? run : run with { Body = null }),
            Type = nameof(RunInference),
            RoutingKey = BrokerTopology.WorkKey(run.Route.Deployment, run.Lane),
            MessageId = run.RequestId,
            Expiration = RemainingTime(run.Deadline),
            Delay = wait?.Delay,
            TraceParent = Activity.Current?.Id ?? run.ReplyTo?.TraceParent,
        };
        var address = wait is null || transport == TransportKind.InMemory
            ? ExchangeAddress(BrokerTopology.Work, "direct")
            : $"exchange:{wait.Queue}";
        return SendAsync(address, message, cancellationToken);
    }

    /// <summary>
    /// Sends one reply. A reply queue that is gone loses nothing, since the reply can be fetched by request id: it is logged and that is all.
    /// </summary>
    /// <returns>True when it is known to be in the queue. Direct reply-to has none, and the in-memory transport confirms nothing.</returns>
    public async Task<bool> SendReplyAsync(ReplyAddress to, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
        var type = outcome.Failure is null ? nameof(InferenceCompleted) : nameof(InferenceFailed);
        var body = outcome.Reply ?? throw new InvalidOperationException($"The reply {outcome.ReplyId} has no body to send.");
        var message = new OutgoingMessage
        {
            Body = to.Envelope ? MassTransitEnvelope.Write(to, outcome, type, body) : body,
            Format = to.Envelope ? BytesSerializer.Envelope : BytesSerializer.Json,
            Type = type,
            RoutingKey = to.Queue,
            MessageId = outcome.ReplyId.ToString(),
            CorrelationId = to.CorrelationId,
            // On direct reply-to a mandatory reply would be delivered and returned.
            Mandatory = transport == TransportKind.RabbitMq && !to.Queue.StartsWith(ReplyQueueRule.DirectReplyTo, StringComparison.Ordinal),
            TraceParent = Activity.Current?.Id ?? to.TraceParent,
        };
        var address = transport == TransportKind.InMemory ? $"exchange:{to.Queue}" : $"exchange:{ReplyQueueRule.DirectReplyTo}";
        try
        {
            await SendAsync(address, message, cancellationToken);
            return message.Mandatory;
        }
        catch (MessageReturnedException)
        {
            LogReplyQueueGone(to.Queue, outcome.ReplyId);
            return false;
        }
    }

    /// <summary>Tells whoever subscribed to <c>llm.events</c>. Where nobody did, one event in some seconds finds out and the rest cost nothing.</summary>
    public async Task PublishEventAsync(string tenant, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Reply is null || transport == TransportKind.InMemory)
            return;

        var key = $"{tenant}.{(outcome.Failure is null ? "completed" : "failed")}";
        if (unheardEvents.TryGetValue(key, out var until) && time.GetUtcNow() < until)
            return;

        var message = new OutgoingMessage
        {
            Body = outcome.Reply,
            Type = outcome.Failure is null ? nameof(InferenceCompleted) : nameof(InferenceFailed),
            RoutingKey = key,
            MessageId = outcome.ReplyId.ToString(),
            Mandatory = true,
            TraceParent = Activity.Current?.Id,
        };
        try
        {
            await SendAsync(ExchangeAddress(BrokerTopology.Events, "topic"), message, cancellationToken);
        }
        catch (MessageReturnedException)
        {
            unheardEvents[key] = time.GetUtcNow() + EventPause;
        }
    }

    /// <summary>Hands a delivery to the dead-letter queue as it came, with the reason.</summary>
    public Task SendDeadLetterAsync(Delivery delivery, FailureReason reason, string error, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage
        {
            Body = delivery.Body,
            MessageId = delivery.MessageId,
            CorrelationId = delivery.CorrelationId,
            ReplyTo = delivery.ReplyTo,
            TraceParent = delivery.TraceParent,
            Headers = new Dictionary<string, object?>
            {
                [MessageHeader.DeadReason] = reason.ToString(),
                [MessageHeader.DeadError] = error,
                [MessageHeader.DeadSource] = $"{delivery.Exchange}/{delivery.RoutingKey}",
                [MessageHeader.DeadUser] = delivery.UserId,
            },
        };
        return SendAsync($"exchange:{BrokerTopology.DeadLetter}", message, cancellationToken);
    }

    /// <summary>Tells every process that a running request is to be aborted.</summary>
    public Task PublishCancelAsync(string tenant, string requestId, CancellationToken cancellationToken) =>
        PublishControlAsync(new ControlMessage { Tenant = tenant, RequestId = requestId }, cancellationToken);

    /// <summary>Tells every process.</summary>
    public Task PublishControlAsync(ControlMessage control, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage
        {
            Body = ControlMessage.ToBytes(control),
            Type = nameof(ControlMessage),
        };
        return SendAsync($"exchange:{BrokerTopology.Control}", message, cancellationToken);
    }

    private async Task SendAsync(string address, OutgoingMessage message, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(SendTimeout);
        var endpoint = await endpoints.GetOrAdd(address, static (key, bus) => bus.Value.GetSendEndpoint(new Uri(key)), bus);
        await endpoint.Send(message, message, timeout.Token);
    }

    private string ExchangeAddress(string exchange, string type) =>
        transport == TransportKind.InMemory ? $"exchange:{exchange}?type={char.ToUpperInvariant(type[0])}{type[1..]}" : $"exchange:{exchange}?type={type}";

    /// <summary>RabbitMQ drops it from the queue when the deadline passes, and the dead-letter consumer answers.</summary>
    private TimeSpan? RemainingTime(DateTimeOffset deadline)
    {
        var remaining = deadline - time.GetUtcNow();
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.FromMilliseconds(1);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reply queue {Queue} is gone; reply {ReplyId} can be fetched by request id")]
    private partial void LogReplyQueueGone(string queue, Guid replyId);
}
