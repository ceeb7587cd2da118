using System.Security.Cryptography;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Routing;
using LlmBroker.Tenants;
using Microsoft.Extensions.Logging;

namespace LlmBroker.DeadLetters;

/// <summary>
/// Ends what reached the dead-letter queue: an expired message is answered as expired; poison and what nobody can read is kept for an
/// operator, and answered where a reply queue can be read from its properties.
/// </summary>
internal sealed partial class DeadLetterRecorder(
    DeadLetterStore store, RunEndings endings, RequestRouter router, TenantDirectory tenants, MessageSender sender, TimeProvider time, ILogger<DeadLetterRecorder> logger)
{
    private static readonly Refusal Expired = new(FailureReason.Expired, "Its AMQP expiration ran out before a router took it.");

    public async Task RecordAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var expired = delivery is { DeadReason: null, DeathReason: "expired" };
        var reason = ReasonOf(delivery);
        try
        {
            if (ReadRun(delivery) is { } run)
            {
                if (expired)
                    await endings.ExpireAsync(run, cancellationToken);
                else
                    await endings.EndAsync(run, reason, ErrorOf(delivery), cancellationToken);
                return;
            }

            if (expired && await router.TryEndAsync(delivery, Expired, letterId: null, cancellationToken))
                return;
            if (!expired && DiedInRouting(delivery, reason) is { } request
                && await router.TryEndAsync(request, new Refusal(reason, ErrorOf(delivery)), IdOf(delivery), cancellationToken))
                return;
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or LedgerUnavailableException))
        {
            // The last boundary: a dead letter that faults would only be dead-lettered again, without an end. It is kept as it is.
            LogFault(exception, reason);
        }

        await KeepAsync(delivery, reason, cancellationToken);
    }

    private async Task KeepAsync(Delivery delivery, FailureReason reason, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var error = ErrorOf(delivery);
        var (keyTenant, _) = SplitSource(delivery.DeadSource);
        var tenant = tenants.Current.Identify(delivery.UserId ?? delivery.DeadUser, keyTenant).Tenant;
        var replyTo = delivery.ReplyTo is { Length: > 0 } queue && ReplyQueueRule.Allows(queue, tenant?.ReplyPrefix ?? ReplyQueueRule.DirectReplyTo)
            ? AddressOf(delivery, queue)
            : null;
        var letter = new DeadLetter
        {
            Id = IdOf(delivery),
            Tenant = tenant?.Name,
            RequestId = delivery.MessageId,
            Reason = reason,
            Error = error,
            CreatedAt = now,
            Body = delivery.Body,
            Source = delivery.DeadSource ?? delivery.DeathQueue,
            ContentType = delivery.ContentType,
            ReplyTo = replyTo,
        };
        LogKept(letter.Id, reason, error);
        await store.AddAsync(letter, cancellationToken);
        if (replyTo is not null)
            await sender.SendReplyAsync(replyTo, Answer(letter, reason, now), cancellationToken);
    }

    private static RecordedOutcome Answer(DeadLetter letter, FailureReason reason, DateTimeOffset now) =>
        RecordedOutcome.Of(
            OutcomeComposer.Failed(
                new InferenceFailed
                {
                    RequestId = letter.RequestId ?? "",
                    Run = 1,
                    Reason = reason,
                    Message = letter.Error,
                    DeadLetterId = letter.Id,
                    CostUsd = 0,
                    AcceptedAt = now,
                    FailedAt = now,
                }) with { ReplyId = letter.Id },
            run: 1);

    private static ReplyAddress AddressOf(Delivery delivery, string queue) => new()
    {
        Queue = queue,
        CorrelationId = delivery.CorrelationId,
        TraceParent = delivery.TraceParent,
    };

    /// <summary>The same for each redelivery of one message, so that it is kept once.</summary>
    private static Guid IdOf(Delivery delivery)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(delivery.Body.Span);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{delivery.MessageId}\0{delivery.CorrelationId}\0{delivery.ReplyTo}"));
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }

    /// <summary>
    /// A routed request that came from the workers' side. What producers can publish to is another: there anybody can write down a run, under
    /// any tenant's name.
    /// </summary>
    private static RunInference? ReadRun(Delivery delivery)
    {
        var isFromWork = delivery.DeadSource is { } source
            ? source.StartsWith($"{BrokerTopology.Work}/", StringComparison.Ordinal)
            : delivery.DeathQueue is { } queue && BrokerTopology.IsWorkQueue(queue);
        if (!isFromWork)
            return null;

        try
        {
            return RunInferenceReader.Read(delivery.Body.Span);
        }
        catch (JsonException)
        {
            // Not a routed request; what it is instead is for the caller to find out.
            return null;
        }
    }

    /// <summary>
    /// A request that brought routers down, or that one failed on, as it was in its route queue: it may have been accepted and sent on before
    /// that, so that it has a run which may end only once. Null for anything else.
    /// </summary>
    private static Delivery? DiedInRouting(Delivery delivery, FailureReason reason)
    {
        var (_, key) = SplitSource(delivery.DeadSource);
        return reason switch
        {
            FailureReason.Poison when delivery.DeathQueue is { } queue && BrokerTopology.IsRouteQueue(queue) => delivery,
            FailureReason.Internal when delivery.DeadSource?.StartsWith(BrokerTopology.Requests, StringComparison.Ordinal) == true =>
                delivery with { RoutingKey = key ?? "", UserId = delivery.UserId ?? delivery.DeadUser },
            _ => null,
        };
    }

    private static FailureReason ReasonOf(Delivery delivery) =>
        Enum.TryParse<FailureReason>(delivery.DeadReason, out var reason)
            ? reason
            : delivery.DeathReason == "delivery_limit" ? FailureReason.Poison : FailureReason.Unreadable;

    private static string ErrorOf(Delivery delivery) => delivery switch
    {
        { DeadError: { } error } => error,
        { DeathReason: "delivery_limit" } => $"Delivered {BrokerTopology.DeliveryLimit} times from {delivery.DeathQueue} without an end; it may bring its consumers down.",
        { DeathReason: { } why } => $"Dead-lettered by RabbitMQ from {delivery.DeathQueue}: {why}.",
        _ => "Dead-lettered without a reason.",
    };

    private static (string? Tenant, string? Key) SplitSource(string? source)
    {
        var key = source?[(source.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var dot = key?.LastIndexOf('.') ?? -1;
        return dot > 0 ? (key![..dot], key) : (null, key);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A dead letter of reason {Reason} cannot be ended as a request; kept as it came")]
    private partial void LogFault(Exception exception, FailureReason reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Dead letter {Id}: {Reason}: {Error}")]
    private partial void LogKept(Guid id, FailureReason reason, string error);
}
