using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Inference;
using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Telemetry;
using LlmBroker.Tenants;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Routing;

/// <summary>
/// The router's part of a request's way: read, identify, check, resolve (pure decisions), then commit what was decided, then send.
/// Returns when the delivery may be acked.
/// </summary>
/// <remarks>
/// Memory: a delivery holds its message, what was parsed of it and, where the body is to be stored, a copy until the commit: at most
/// about three times the message. So a router holds no more than prefetch × 3 × the largest message a route queue, for there is nothing
/// else that grows: the ledger's writer queues one operation for each delivery. A message beyond <c>limits.maxMessageBytes</c> is refused,
/// but it has been received by then; RabbitMQ's <c>max_message_size</c> is what keeps larger ones out.
/// </remarks>
internal sealed partial class RequestRouter(
    LiveConfiguration configuration,
    TenantDirectory tenants,
    RouteResolver resolver,
    LedgerWriter ledger,
    MessageSender sender,
    ShadowTraffic shadows,
    FeatureKeeper features,
    ReplySender replies,
    DeadLetterStore letters,
    RetentionPolicy retention,
    TimeProvider time,
    ILogger<RequestRouter> logger)
{
    public Task RouteAsync(Delivery delivery, CancellationToken cancellationToken) => RouteAsync(delivery, ending: null, letterId: null, cancellationToken);

    /// <summary>
    /// Ends a request whose delivery ended in a route queue, such as one whose AMQP expiration ran out: with the one outcome of its run, if it
    /// has none yet and no worker is at it.
    /// </summary>
    /// <param name="delivery">As it was in the route queue.</param>
    /// <param name="ending">Why it ends, where nothing else is wrong with it.</param>
    /// <param name="letterId">The dead letter to keep it as, where an operator is to see it. A repeat is known by it.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    /// <returns>False when the delivery is no request.</returns>
    public async Task<bool> TryEndAsync(Delivery delivery, Refusal ending, Guid? letterId, CancellationToken cancellationToken)
    {
        try
        {
            IncomingRequest.Read(delivery);
        }
        catch (JsonException)
        {
            return false;
        }

        await RouteAsync(delivery, ending, letterId, cancellationToken);
        return true;
    }

    private async Task RouteAsync(Delivery delivery, Refusal? ending, Guid? letterId, CancellationToken cancellationToken)
    {
        IncomingRequest request;
        try
        {
            request = IncomingRequest.Read(delivery);
        }
        catch (JsonException exception)
        {
            await sender.SendDeadLetterAsync(delivery, FailureReason.Unreadable, $"Not a SubmitInference: {exception.Message}", cancellationToken);
            return;
        }

        using var activity = BrokerTelemetry.StartConsuming("llm.route", delivery.TraceParent);
        activity?.SetTag("llm.request_id", request.RequestId);

        var now = time.GetUtcNow();
        var (keyTenant, keyLane) = SplitKey(delivery);
        var (tenant, refusal) = tenants.Current.Identify(delivery.UserId, keyTenant);
        var replyTo = request.ReplyTo;
        if (replyTo is not null && !ReplyQueueRule.Allows(replyTo.Queue, PrefixFor(tenant, keyTenant)))
        {
            refusal ??= new Refusal(
                FailureReason.ForeignReplyQueue,
                $"Reply queue '{replyTo.Queue}' is not this tenant's; use direct reply-to, a server-named queue, or a name that begins with '{tenant?.ReplyPrefix}'.");
            replyTo = null;
        }

        refusal ??= CheckSize(delivery) ?? RequestRules.Check(request, keyLane);

        var lane = request.Message.Lane ?? keyLane ?? BrokerTopology.LaneOf(delivery.Queue) ?? Lane.Standard;
        Prompt prompt = default;
        Resolution resolution = default;
        if (refusal is null)
        {
            prompt = Prompt.Read(request.Message.Body, request.Message.Operation ?? RequestOperation.Chat);
            resolution = resolver.Resolve(request.Message, prompt, request.RequestId, lane, tenant?.Name);
            refusal = resolution.Refusal;
        }

        var acceptance = Accept(request, delivery, tenant, lane, replyTo, resolution, prompt, now);
        if (refusal is null && ending is not null)
            refusal = ending;
        else if (refusal is null && acceptance.Deadline <= now)
            refusal = new Refusal(FailureReason.Expired, $"The deadline {acceptance.Deadline:O} had passed when the request arrived.");

        if (refusal is not null)
            await RefuseAsync(request, acceptance, refusal, refusal == ending ? letterId : null, cancellationToken);
        else
            await SendOnAsync(request, acceptance with { Features = features.Keep(request.RequestId, acceptance.Route!, prompt.Classifier) }, cancellationToken);
    }

    private async Task SendOnAsync(IncomingRequest request, Acceptance acceptance, CancellationToken cancellationToken)
    {
        acceptance = acceptance with { StoredBody = BodyToStore(request.Message, acceptance.Deadline - acceptance.AcceptedAt) };
        var result = await ledger.AcceptAsync(acceptance, cancellationToken);
        CrashPoint.Reach(CrashPoint.AfterAccept);
        switch (result.State)
        {
            case AcceptState.New:
                BrokerTelemetry.CountRouted(acceptance);
                await sender.SendWorkAsync(ToRun(request, acceptance), wait: null, cancellationToken);
                shadows.Offer(ToRun(request, acceptance), acceptance);
                break;

            case AcceptState.Waiting:
                await sender.SendWorkAsync(ToRun(request, acceptance), wait: null, cancellationToken);
                break;

            case AcceptState.Running:
                LogDuplicate(acceptance.Key.Tenant, acceptance.Key.RequestId);
                break;

            default:
                await AnswerKnownAsync(request, acceptance, result, cancellationToken);
                break;
        }
    }

    private async Task RefuseAsync(
        IncomingRequest request, Acceptance acceptance, Refusal refusal, Guid? letterId, CancellationToken cancellationToken)
    {
        LogRefused(acceptance.Key.Tenant, acceptance.Key.RequestId, refusal.Reason, refusal.Message);
        var outcome = OutcomeComposer.Failed(Failure(request, acceptance, refusal) with { DeadLetterId = letterId });
        // By one reply id, so that a repeat finds its own work.
        outcome = letterId is { } stable ? outcome with { ReplyId = stable } : outcome;
        var letter = letterId is { } id ? LetterOf(id, ToRun(request, acceptance), refusal, outcome.SettledAt) : null;
        var result = await ledger.RefuseAsync(acceptance, outcome, cancellationToken);
        IReadOnlyList<ReplyAddress> askers = [];
        if (result.State == AcceptState.Waiting)
        {
            // Accepted by an earlier delivery that did not get as far as a worker; by now it must be refused.
            var settled = await ledger.SettleAsync(new Settlement { Key = acceptance.Key, Outcome = outcome, DeadLetter = letter }, cancellationToken);
            if (settled.State != SettleState.Settled)
                return;
            askers = settled.Askers;
        }
        else if (result.State != AcceptState.New)
        {
            await AnswerKnownAsync(request, acceptance, result, cancellationToken);
            return;
        }
        else if (letter is not null)
        {
            await letters.AddAsync(letter, cancellationToken);
        }

        var recorded = RecordedOutcome.Of(outcome, acceptance.Key.Run);
        await replies.SendAsync(acceptance.Key, acceptance.ReplyTo, askers, recorded, cancellationToken);
        await sender.PublishEventAsync(acceptance.Key.Tenant, recorded, cancellationToken);
    }

    /// <summary>A second publish of an id that is finished or was used with another body.</summary>
    private Task AnswerKnownAsync(IncomingRequest request, Acceptance acceptance, AcceptResult result, CancellationToken cancellationToken)
    {
        LogDuplicate(acceptance.Key.Tenant, acceptance.Key.RequestId);
        if (result is { State: AcceptState.Finished, Outcome: { Reply: not null } recorded })
            return ReplyFromRecordAsync(acceptance, recorded, cancellationToken);

        var refusal = result.State switch
        {
            AcceptState.Finished => new Refusal(
                FailureReason.ReplyExpired,
                $"Request '{acceptance.Key.RequestId}' finished at {result.Outcome!.SettledAt:O}; {retention.WhyReplyIsGone(acceptance.Key.Tenant, result.Outcome.SettledAt, acceptance.AcceptedAt)}."),
            AcceptState.Conflict => new Refusal(
                FailureReason.IdempotencyConflict, $"Request id '{acceptance.Key.RequestId}' was used before with another body; use a new id."),
            _ => null,
        };
        return refusal is null
            ? Task.CompletedTask
            : ReplyAsync(acceptance, RecordedOutcome.Of(OutcomeComposer.Failed(Failure(request, acceptance, refusal)), acceptance.Key.Run), cancellationToken);
    }

    private Task ReplyFromRecordAsync(Acceptance acceptance, RecordedOutcome outcome, CancellationToken cancellationToken) =>
        acceptance.ReplyTo is { } to ? replies.SendAsync(acceptance.Key, to, [], outcome, cancellationToken) : Task.CompletedTask;

    private Task ReplyAsync(Acceptance acceptance, RecordedOutcome outcome, CancellationToken cancellationToken) =>
        acceptance.ReplyTo is { } to ? sender.SendReplyAsync(to, outcome, cancellationToken) : Task.CompletedTask;

    private Acceptance Accept(
        IncomingRequest request,
        Delivery delivery,
        Tenant? tenant,
        string lane,
        ReplyAddress? replyTo,
        Resolution resolution,
        Prompt prompt,
        DateTimeOffset now)
    {
        var message = request.Message;
        var deadline = message.Deadline ?? now + LaneOptionsOf(lane).DefaultDeadline;
        if (delivery.Expiration is { } expiration && now + expiration < deadline)
            deadline = now + expiration;
        // Beyond that nothing would remember the request.
        if (deadline - now > configuration.Options.Ledger.Kept.Claims)
            deadline = now + configuration.Options.Ledger.Kept.Claims;

        return new Acceptance
        {
            // An unknown publisher has no tenant; its refusal is kept under a name that none can have.
            Key = new RunKey(tenant?.Name ?? $"?{delivery.UserId}", request.RequestId, 1),
            BodyHash = Hash(message),
            AcceptedAt = now,
            Lane = lane,
            Operation = message.Operation ?? RequestOperation.Chat,
            Deadline = deadline.ToUniversalTime(),
            MessageBytes = delivery.Body.Length,
            Route = resolution.Route,
            Decision = resolution.Decision,
            PromptTokens = prompt.Tokens,
            MaxCostUsd = message.MaxCostUsd,
            AtMostOnce = message.Delivery is { } promise ? promise == DeliveryPromise.AtMostOnce : configuration.Options.Routing.IsAtMostOnce(resolution.Route?.Task),
            GroupId = message.GroupId,
            ReplyTo = replyTo,
            TraceId = BrokerTelemetry.TraceIdOf(delivery.TraceParent),
        };
    }

    private static RunInference ToRun(IncomingRequest request, Acceptance acceptance) => new()
    {
        Tenant = acceptance.Key.Tenant,
        RequestId = acceptance.Key.RequestId,
        Run = acceptance.Key.Run,
        Lane = acceptance.Lane,
        Operation = acceptance.Operation,
        Route = acceptance.Route!,
        AcceptedAt = acceptance.AcceptedAt,
        Deadline = acceptance.Deadline,
        Body = acceptance.StoredBody is null ? request.Message.Body : null,
        BodyRef = acceptance.StoredBody is { } stored
            ? new BodyReference { Run = acceptance.Key.Run, StoredAt = acceptance.AcceptedAt, Bytes = stored.Length }
            : null,
        MaxCostUsd = acceptance.MaxCostUsd,
        AtMostOnce = acceptance.AtMostOnce,
        ReplyTo = acceptance.ReplyTo,
        GroupId = acceptance.GroupId,
        Metadata = request.Message.Metadata,
    };

    private static DeadLetter LetterOf(Guid id, RunInference run, Refusal refusal, DateTimeOffset now) => new()
    {
        Id = id,
        Tenant = run.Tenant,
        RequestId = run.RequestId,
        Run = run.Run,
        Reason = refusal.Reason,
        Error = refusal.Message,
        Deployment = run.Route.Deployment,
        Lane = run.Lane,
        Task = run.Route.Task,
        CostUsd = 0,
        CreatedAt = now,
        Body = WireJson.ToBytes(run),
    };

    private static InferenceFailed Failure(IncomingRequest request, Acceptance acceptance, Refusal refusal) => new()
    {
        RequestId = acceptance.Key.RequestId,
        Run = acceptance.Key.Run,
        Reason = refusal.Reason,
        Message = refusal.Message,
        CostUsd = 0,
        AcceptedAt = acceptance.AcceptedAt,
        FailedAt = acceptance.AcceptedAt,
        GroupId = acceptance.GroupId,
        Metadata = request.Message.Metadata,
    };

    /// <summary>What makes two publishes of one id the same request. The deadline is not part of it: a resumed job sends a later one.</summary>
    private static byte[] Hash(SubmitInference message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var word in (ReadOnlySpan<string?>)[message.Operation, message.Model, message.Policy, message.Task])
        {
            hash.AppendData(Encoding.UTF8.GetBytes(word ?? ""));
            hash.AppendData([0]);
        }

        if (message.Body.ValueKind != JsonValueKind.Undefined)
            hash.AppendData(JsonMarshal.GetRawUtf8Value(message.Body));
        return hash.GetHashAndReset();
    }

    /// <summary>The body, where it is too large to travel; one that may be wanted after the payloads' retention travels whatever its size.</summary>
    private byte[]? BodyToStore(SubmitInference message, TimeSpan wantedFor)
    {
        var body = JsonMarshal.GetRawUtf8Value(message.Body);
        return body.Length > configuration.Options.Limits.InlineBodyBytes && wantedFor <= configuration.Options.Ledger.Kept.Payloads ? body.ToArray() : null;
    }

    private Refusal? CheckSize(Delivery delivery) =>
        delivery.Body.Length > configuration.Options.Limits.MaxMessageBytes
            ? new Refusal(FailureReason.PayloadTooLarge, $"The message has {delivery.Body.Length} bytes; at most {configuration.Options.Limits.MaxMessageBytes} are allowed.")
            : null;

    private string PrefixFor(Tenant? tenant, string? keyTenant) =>
        tenant?.ReplyPrefix ?? tenants.Current.Named(keyTenant)?.ReplyPrefix ?? ReplyQueueRule.DirectReplyTo;

    private LaneOptions LaneOptionsOf(string lane) => configuration.Options.Lanes.Of(lane);

    /// <summary>Tenant and lane of <c>{tenant}.{lane}</c>; nulls for a MassTransit producer, which publishes without a key.</summary>
    private static (string? Tenant, string? Lane) SplitKey(Delivery delivery)
    {
        if (delivery.RoutingKey.Length == 0)
            return (null, null);

        var dot = delivery.RoutingKey.LastIndexOf('.');
        return dot < 0 ? (null, delivery.RoutingKey) : (delivery.RoutingKey[..dot], delivery.RoutingKey[(dot + 1)..]);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Refused {Tenant}/{RequestId}: {Reason}: {Error}")]
    private partial void LogRefused(string tenant, string requestId, FailureReason reason, string error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Duplicate of {Tenant}/{RequestId}")]
    private partial void LogDuplicate(string tenant, string requestId);
}
