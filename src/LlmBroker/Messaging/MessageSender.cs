using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Messaging;

/// <summary>
/// Everything the broker sends. Each method returns when RabbitMQ has confirmed, and waits while RabbitMQ is away; one that throws
/// <see cref="OperationCanceledException"/> may or may not have sent, so the delivery that caused it must not be acked.
/// </summary>
internal sealed partial class MessageSender(
    Lazy<IBus> bus,
    TransportKind transport,
    RabbitMqWatch watch,
    SecondOpinion opinion,
    TopologyRepair repair,
    TimeProvider time,
    ILogger<MessageSender> logger)
{
    /// <summary>A confirm that never comes would be waited for for ever.</summary>
    private static readonly TimeSpan SendTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A queue that is still missing after so many declarations is none of ours.</summary>
    private const int Repairs = 5;

    /// <summary>RabbitMQ counts in 32 bits of milliseconds, and closes the channel on more. A worker looks at the deadline again.</summary>
    private static readonly TimeSpan LongestExpiration = TimeSpan.FromDays(24);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    /// <summary>A confirm of an event that takes longer makes us look whether RabbitMQ confirms anything.</summary>
    private static readonly TimeSpan ConfirmPatience = TimeSpan.FromSeconds(5);

    /// <summary>No queue has this name; RabbitMQ confirms what it can route to none.</summary>
    private const string Nowhere = "llm.nowhere";

    /// <summary>How long an event that nobody took is not tried again.</summary>
    private static readonly TimeSpan EventPause = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Task<ISendEndpoint>> endpoints = new();

    /// <summary>When an event was last returned, as a timestamp: a clock that jumps must not silence them.</summary>
    private readonly ConcurrentDictionary<string, long> unheardEvents = new();

    /// <summary>
    /// Sends a request to the workers of its route's deployment; with <paramref name="wait"/> by way of that wait queue.
    /// A body that the ledger keeps stays there.
    /// </summary>
    public async Task SendWorkAsync(RunInference run, WaitStep? wait, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage
        {
            Body = WireJson.ToBytes(run.BodyRef is null ? run : run with { Body = null }),
            Type = nameof(RunInference),
            RoutingKey = BrokerTopology.WorkKey(run.Route.Deployment, run.Lane),
            MessageId = run.RequestId,
            // What waits comes back in time to be ended; RabbitMQ would send it straight back were its deadline the nearer of the two.
            Expiration = wait is null ? RemainingTime(run.Deadline) : null,
            Delay = wait?.Delay,
            // A queue that was deleted must not swallow it.
            Mandatory = transport == TransportKind.RabbitMq,
            TraceParent = Activity.Current?.Id ?? run.ReplyTo?.TraceParent,
        };
        var address = wait is null || transport == TransportKind.InMemory
            ? ExchangeAddress(BrokerTopology.Work, "direct")
            : $"exchange:{wait.Queue}";
        for (var repairs = 0; ; repairs++)
        {
            try
            {
                await SendAsync(address, message, cancellationToken);
                return;
            }
            catch (MessageReturnedException) when (repairs < Repairs)
            {
                LogQueueGone(message.RoutingKey);
                await repair.DeclareAsync(cancellationToken);
            }
        }
    }

    /// <summary>
    /// Sends one reply. A reply queue that is gone, or is full and refuses, loses nothing, since the reply can be fetched by request id: it is
    /// logged and that is all.
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
            if (await OfferReplyAsync(address, message, cancellationToken))
                return message.Mandatory;
            LogReplyRefused(to.Queue, outcome.ReplyId);
        }
        catch (MessageReturnedException)
        {
            LogReplyQueueGone(to.Queue, outcome.ReplyId);
        }

        return false;
    }

    /// <summary>Tells whoever subscribed to <c>llm.events</c>. Where nobody did, one event in some seconds finds out and the rest cost nothing.</summary>
    public async Task PublishEventAsync(string tenant, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Reply is null || transport == TransportKind.InMemory)
            return;

        var key = $"{tenant}.{(outcome.Failure is null ? "completed" : "failed")}";
        if (unheardEvents.TryGetValue(key, out var returned) && time.GetElapsedTime(returned) < EventPause)
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
            if (!await OfferEventAsync(ExchangeAddress(BrokerTopology.Events, "topic"), message, cancellationToken))
                LogEventRefused(key, outcome.ReplyId);
        }
        catch (MessageReturnedException)
        {
            unheardEvents[key] = time.GetTimestamp();
        }
    }

    /// <summary>Hands a delivery to the dead-letter queue as it came, with the reason.</summary>
    public Task SendDeadLetterAsync(Delivery delivery, FailureReason reason, string error, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage
        {
            Body = delivery.Body,
            Format = BytesSerializer.Of(delivery.ContentType),
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

    /// <summary>Sends what a redrive gave: a run to its workers, or a message without a run back to where it came from, as it was.</summary>
    public Task SendRedrivenAsync(RedriveResult redrive, CancellationToken cancellationToken)
    {
        if (redrive.Raw is not { } raw)
            return SendWorkAsync(WireJson.Read<RunInference>(redrive.Body)!, wait: null, cancellationToken);

        var (exchange, key) = BrokerTopology.SourceOf(raw.Source);
        var message = new OutgoingMessage
        {
            Body = raw.Body,
            Format = BytesSerializer.Of(raw.ContentType),
            RoutingKey = key,
            MessageId = raw.RequestId,
            CorrelationId = raw.ReplyTo?.CorrelationId,
            ReplyTo = raw.ReplyTo?.Queue,
            Mandatory = transport == TransportKind.RabbitMq,
            TraceParent = raw.ReplyTo?.TraceParent,
        };
        return SendAsync(SourceAddress(exchange), message, cancellationToken);
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

    /// <summary>
    /// Sends to a queue that is its producer's, who may have stopped reading: nobody else is to wait for that. A nack alone says nothing, since
    /// an outage nacks as well; then, and while a confirm stays away, this waits as every send does.
    /// </summary>
    /// <returns>False when the queue refuses it.</returns>
    private async Task<bool> OfferReplyAsync(string address, OutgoingMessage message, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            using var offer = message.Offer = new Offer(cancellationToken);
            try
            {
                await SendAsync(address, message, offer.Token);
                return true;
            }
            catch (OperationCanceledException) when (
                offer.IsRefused && !cancellationToken.IsCancellationRequested && time.GetElapsedTime(begin) < SendTimeout)
            {
                // Full, or RabbitMQ is not well.
            }

            if (await opinion.TryPublishAsync(message, cancellationToken) is { } isTaken)
                return isTaken;
            await Task.Delay(RetryPause, time, cancellationToken);
        }
    }

    /// <summary>
    /// Sends to queues that are not ours. A nack ends it at once: which queue it came from is unknown, and the others would get it twice. A
    /// confirm that stays away does when RabbitMQ confirms what is published after it, and some seconds later this one is still not: a queue
    /// without a majority of its nodes, say.
    /// </summary>
    /// <returns>False when a queue does not take it. It may be in others, and where its confirm stayed away in that one too.</returns>
    private async Task<bool> OfferEventAsync(string address, OutgoingMessage message, CancellationToken cancellationToken)
    {
        using var offer = message.Offer = new Offer(cancellationToken);
        var sending = SendAsync(address, message, offer.Token);
        while (!await EndsSoonAsync(sending))
        {
            var unconfirmed = offer.Unconfirmed;
            var other = new OutgoingMessage { Body = Array.Empty<byte>(), RoutingKey = Nowhere };
            var asking = SendAsync($"exchange:{ReplyQueueRule.DirectReplyTo}", other, offer.Token);
            await Task.WhenAny(sending, asking);
            // A publish that began meanwhile has time of its own.
            if (asking.IsCompletedSuccessfully && !await EndsSoonAsync(sending) && unconfirmed != 0 && offer.Unconfirmed == unconfirmed)
                offer.Refuse();
        }

        try
        {
            await sending;
            return true;
        }
        catch (OperationCanceledException) when (offer.IsRefused && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> EndsSoonAsync(Task sending)
    {
        await sending.WaitAsync(ConfirmPatience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return sending.IsCompleted;
    }

    private async Task SendAsync(string address, OutgoingMessage message, CancellationToken cancellationToken)
    {
        await watch.WhenUnblockedAsync(cancellationToken);
        using var limit = new CancellationTokenSource(SendTimeout, time);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        var endpoint = await endpoints.GetOrAdd(address, static (key, bus) => bus.Value.GetSendEndpoint(new Uri(key)), bus);
        for (var tries = 1; ; tries++)
        {
            try
            {
                await endpoint.Send(message, message, timeout.Token);
                return;
            }
            catch (Exception exception) when (IsAway(exception))
            {
                if (tries == 1)
                    LogAway(message.Type, exception.Message);
                // Perhaps it was sent: whoever gets it twice knows it by its id.
                await Task.Delay(RetryPause, time, timeout.Token);
            }
            catch (MassTransitException exception) when (exception is not MessageReturnedException)
            {
                throw new MessageNotSentException(exception);
            }
        }
    }

    /// <summary>RabbitMQ cannot be reached, or was lost before it confirmed: nothing is wrong with the message.</summary>
    private static bool IsAway(Exception exception) => exception is
        ConnectionException or RabbitMQClientException or IOException or SocketException;

    private string ExchangeAddress(string exchange, string type) =>
        transport == TransportKind.InMemory ? $"exchange:{exchange}?type={char.ToUpperInvariant(type[0])}{type[1..]}" : $"exchange:{exchange}?type={type}";

    /// <summary>The exchange as it is declared: MassTransit declares it again, and RabbitMQ refuses what differs.</summary>
    private string SourceAddress(string exchange) => exchange switch
    {
        "" => $"exchange:{ReplyQueueRule.DirectReplyTo}",
        BrokerTopology.Work => ExchangeAddress(exchange, "direct"),
        BrokerTopology.Requests when transport == TransportKind.RabbitMq => $"{ExchangeAddress(exchange, "topic")}&alternateexchange={BrokerTopology.Unrouted}",
        BrokerTopology.Requests => ExchangeAddress(exchange, "topic"),
        _ => ExchangeAddress(exchange, "fanout"),
    };

    /// <summary>RabbitMQ drops it from the queue when the deadline passes, and the dead-letter consumer answers.</summary>
    private TimeSpan? RemainingTime(DateTimeOffset deadline)
    {
        var remaining = deadline - time.GetUtcNow();
        return remaining > LongestExpiration ? null : remaining > TimeSpan.Zero ? remaining : TimeSpan.FromMilliseconds(1);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "No queue takes work for {Key}; declaring the queues again")]
    private partial void LogQueueGone(string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "RabbitMQ did not take a {Type}; it is sent again until it does: {Error}")]
    private partial void LogAway(string? type, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reply queue {Queue} is full and takes no replies; reply {ReplyId} can be fetched by request id")]
    private partial void LogReplyRefused(string queue, Guid replyId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Reply queue {Queue} is gone; reply {ReplyId} can be fetched by request id")]
    private partial void LogReplyQueueGone(string queue, Guid replyId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A queue that subscribed to {Key} does not take events; {ReplyId} is not sent to it again")]
    private partial void LogEventRefused(string key, Guid replyId);
}
