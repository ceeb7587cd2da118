using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Routing;
using LlmBroker.Telemetry;
using Microsoft.Extensions.Logging;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace LlmBroker.Inference;

/// <summary>
/// What a worker does with a request: claim, call, record, reply. It does not know from which queue the request came.
/// Every method returns when the delivery may be acked.
/// </summary>
internal sealed partial class RequestRunner(
    LiveConfiguration configuration,
    DeploymentPipelines pipelines,
    DeploymentHolds holds,
    LedgerWriter ledger,
    MessageSender sender,
    ReplySender replies,
    BodyLoader bodies,
    RunningRequests running,
    TimeProvider time,
    ILogger<RequestRunner> logger)
{
    public async Task RunAsync(RunInference run, CancellationToken cancellationToken)
    {
        if (pipelines.Find(run.Route.Deployment) is not { } pipeline)
        {
            await LeaveRemovedAsync(run, cancellationToken);
            return;
        }

        using var handle = running.Enter(KeyOf(run));
        if (time.GetUtcNow() >= run.Deadline)
        {
            await ExpireAsync(run, cancellationToken);
            return;
        }

        if (run.MaxCostUsd is not null && pipeline.Deployment.PriceAt(time.GetUtcNow()) is null)
        {
            await FailAsync(run, progress: null, FailureReason.PriceUnknown, $"'maxCostUsd' is set and the price of model '{run.Route.Model}' is unknown.", cancellationToken);
            return;
        }

        // Before the estimate, which counts the prompt's tokens.
        if (await bodies.LoadAsync(run, cancellationToken) is not { } whole)
        {
            await FailAsync(run, progress: null, FailureReason.BodyMissing, MissingBody(run), cancellationToken);
            return;
        }

        var progress = new RequestProgress(whole, pipeline.Deployment, EstimateCost(whole, pipeline.Deployment), handle.Aborted);
        await CallAsync(pipeline, progress, cancellationToken);
    }

    /// <summary>Ends a run whose deadline passed before a call succeeded; nobody may hold it any more.</summary>
    public Task ExpireAsync(RunInference run, CancellationToken cancellationToken) =>
        FailAsync(run, progress: null, FailureReason.Expired, $"The deadline {run.Deadline:O} passed before a call was made.", cancellationToken);

    /// <summary>Ends a run with a failure that did not come from a call; dead-letters it when an operator can act on it.</summary>
    public async Task FailAsync(RunInference run, RequestProgress? progress, FailureReason reason, string message, CancellationToken cancellationToken)
    {
        var spending = progress?.Spending ?? Spending.Of(run);
        // A dead letter outlives the stored body, so it has its own.
        var whole = NeedsOperator(reason) && !run.Shadow ? await bodies.LoadAsync(run, cancellationToken) ?? run : null;
        var now = time.GetUtcNow();
        var letter = whole is null ? null : LetterOf(whole, reason, message, spending, now);
        var outcome = OutcomeComposer.Failed(run, reason, message, spending, letter?.Id, now);
        await SettleAsync(run, progress, outcome, letter, cancellationToken);
    }

    private async Task CallAsync(DeploymentPipeline pipeline, RequestProgress progress, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, progress.Aborted);
        CallResult result;
        try
        {
            result = await pipeline.CallAsync(progress, either.Token);
        }
        catch (BrokenCircuitException exception)
        {
            await MoveOnAsync(progress, FailureClass.Outage, exception.RetryAfter, $"breaker of {run.Route.Deployment} is open", cancellationToken);
            return;
        }
        catch (TimeoutRejectedException)
        {
            await MoveOnAsync(
                progress, FailureClass.Of(progress.LastFailure?.Error), progress.LastFailure?.RetryAfter, $"no answer from {run.Route.Deployment} in time", cancellationToken);
            return;
        }
        catch (OperationCanceledException) when (progress.Aborted.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            await FailAsync(run, progress, FailureReason.Cancelled, "Cancelled between two calls.", cancellationToken);
            return;
        }

        if (result.Refused is { } refused)
            await ObeyAsync(progress, refused, cancellationToken);
        else if (result.Halt is { IsPaused: true })
            await PutBackAsync(progress, cancellationToken);
        else if (result.Halt is { } halt)
            await MoveOnAsync(progress, HeldFor(progress), halt.Remaining, $"{run.Route.Deployment} is not to be called yet", cancellationToken);
        else
            await ConcludeAsync(progress, result.Answer!, cancellationToken);
    }

    /// <summary>Its own failure says what the hold is about, when it had one.</summary>
    private static string HeldFor(RequestProgress progress) =>
        progress.LastFailure is { } failure ? FailureClass.Of(failure.Error) : FailureClass.Outage;

    /// <summary>An operator paused the deployment while the request was here: it waits in the queue, as the others do.</summary>
    private async Task PutBackAsync(RequestProgress progress, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        var why = $"{run.Route.Deployment} is paused";
        if (run.Shadow)
            await FailAsync(run, progress, FailureReason.Exhausted, why, cancellationToken);
        else if (await LetGoAsync(progress, why, run.Route.Deployment, cancellationToken))
            await sender.SendWorkAsync(Carry(run, progress.Spending), wait: null, cancellationToken);
    }

    /// <summary>The deployment was taken out of the configuration: its queue is emptied to whoever else can serve.</summary>
    private async Task LeaveRemovedAsync(RunInference run, CancellationToken cancellationToken)
    {
        var current = configuration.Current;
        var next = FallbackChooser.Next(run, FailureClass.Outage, current, holds)
            ?? (current.Catalog.DeploymentsOf(run.Route.Model) is [var other, ..] ? other.Name : null);
        if (next is null || run.Shadow)
        {
            await FailAsync(
                run,
                progress: null,
                FailureReason.Internal,
                $"Deployment '{run.Route.Deployment}' is no longer configured and nothing else serves model '{run.Route.Model}'; configure it and redrive.",
                cancellationToken);
            return;
        }

        LogFallback(run.Tenant, run.RequestId, next, $"{run.Route.Deployment} is no longer configured");
        if (await ledger.ReleaseAsync(new RunKey(run.Tenant, run.RequestId, run.Run), claimId: null, $"{run.Route.Deployment} is no longer configured", next, cancellationToken))
            await sender.SendWorkAsync(Redirect(run, next), wait: null, cancellationToken);
        else
            LogSuperseded(run.Tenant, run.RequestId);
    }

    /// <summary>The ledger said that there must be no call.</summary>
    private Task ObeyAsync(RequestProgress progress, StartResult refused, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        switch (refused.State)
        {
            case StartState.Finished:
                return AnswerFromRecordAsync(run, refused.Outcome!, cancellationToken);

            case StartState.Held:
                LogHeld(run.Tenant, run.RequestId);
                return sender.SendWorkAsync(run, WaitStep.All[0], cancellationToken);

            case StartState.Superseded:
                LogSuperseded(run.Tenant, run.RequestId);
                return Task.CompletedTask;

            case StartState.Cancelled:
                return FailAsync(run, progress, FailureReason.Cancelled, "Cancelled before a call was made.", cancellationToken);

            case StartState.CostLimit:
                return FailAsync(
                    run,
                    progress,
                    FailureReason.CostLimit,
                    $"The next call may cost {progress.EstimatedCostUsd:0.######} USD; with {refused.SpentUsd:0.######} USD spent that would pass 'maxCostUsd' {run.MaxCostUsd}.",
                    cancellationToken);

            case StartState.Ambiguous:
                return FailAsync(run, progress, FailureReason.Ambiguous, "A worker died during a call; its outcome is unknown and the request is at-most-once.", cancellationToken);

            case StartState.AttemptsExhausted:
                return FailAsync(
                    run, progress, FailureReason.Exhausted, $"{refused.Attempts} attempts made no answer; last: {Describe(progress.LastFailure)}.", cancellationToken);

            default:
                throw new InvalidOperationException($"The ledger answered {refused.State} to a start.");
        }
    }

    private Task ConcludeAsync(RequestProgress progress, ProviderResult answer, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        if (answer.Error is not { } error)
            return SettleAsync(run, progress, OutcomeComposer.Completed(run, answer, progress.Spending, time.GetUtcNow()), letter: null, cancellationToken);

        if (run.AtMostOnce && ProviderErrors.IsTransient(error) && ProviderErrors.MayHaveRun(error))
        {
            return FailAsync(run, progress, FailureReason.Ambiguous, $"{Describe(answer)}; the request may have run and is at-most-once.", cancellationToken);
        }

        var failure = FailureClass.Of(error);
        if (!FallbackChooser.IsWaitedOut(failure) && !answer.OtherKeyReady && FallbackChooser.Next(run, failure, configuration.Current, holds) is { } next)
            return FallBackAsync(progress, next, $"{run.Route.Deployment}: {Describe(answer)}", cancellationToken);

        return error switch
        {
            ProviderError.BadRequest => FailAsync(run, progress, FailureReason.RefusedByVendor, Describe(answer), cancellationToken),
            ProviderError.ContextTooLong => FailAsync(run, progress, FailureReason.ContextTooLong, Describe(answer), cancellationToken),
            ProviderError.ContentFiltered => FailAsync(run, progress, FailureReason.ContentFiltered, Describe(answer), cancellationToken),
            ProviderError.Unsupported => FailAsync(run, progress, FailureReason.Unsupported, Describe(answer), cancellationToken),
            ProviderError.KeyRefused when !answer.OtherKeyReady => FailAsync(run, progress, FailureReason.KeyRefused, $"{run.Route.Deployment}: {Describe(answer)}", cancellationToken),
            ProviderError.Aborted => FailAsync(run, progress, FailureReason.Cancelled, Describe(answer), cancellationToken),
            _ => MoveOnAsync(progress, failure, answer.RetryAfter, $"{run.Route.Deployment}: {Describe(answer)}", cancellationToken),
        };
    }

    /// <summary>The deployment cannot serve now: wait, fall back or give up. A copy is not worth waiting for.</summary>
    private async Task MoveOnAsync(RequestProgress progress, string failure, TimeSpan? retryAfter, string why, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        var current = configuration.Current;
        var step = run.Shadow
            ? new NextStep.GiveUp()
            : NextStep.Decide(run, FallbackChooser.Next(run, failure, current, holds), current.Options.Lanes.Of(run.Lane), retryAfter, time.GetUtcNow());
        switch (step)
        {
            case NextStep.Wait(var wait):
                LogParked(run.Tenant, run.RequestId, wait.Name, why);
                BrokerTelemetry.CountParked(run.Route.Deployment);
                if (await LetGoAsync(progress, why, run.Route.Deployment, cancellationToken))
                    await sender.SendWorkAsync(Carry(run, progress.Spending) with { Laps = run.Laps + 1 }, wait, cancellationToken);
                break;
            case NextStep.FallBack(var deployment):
                await FallBackAsync(progress, deployment, why, cancellationToken);
                break;
            default:
                await FailAsync(run, progress, FailureReason.Exhausted, $"Nothing left to try before the deadline; last: {why}.", cancellationToken);
                break;
        }
    }

    private async Task FallBackAsync(RequestProgress progress, string deployment, string why, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        LogFallback(run.Tenant, run.RequestId, deployment, why);
        // A failure that would have ended the run is still to be written.
        if (progress.UnwrittenEnd is { } end)
            await ledger.EndAsync(end, progress.ClaimId, CancellationToken.None);
        if (await LetGoAsync(progress, why, deployment, cancellationToken))
            await sender.SendWorkAsync(Redirect(Carry(run, progress.Spending), deployment), wait: null, cancellationToken);
    }

    /// <returns>False when another worker has the request by now.</returns>
    private async Task<bool> LetGoAsync(RequestProgress progress, string why, string deployment, CancellationToken cancellationToken)
    {
        if (await ledger.ReleaseAsync(progress.RunKey, progress.HasClaim ? progress.ClaimId : null, why, deployment, cancellationToken))
            return true;

        LogSuperseded(progress.Run.Tenant, progress.Run.RequestId);
        return false;
    }

    private static RunInference Carry(RunInference run, Spending spending) =>
        run with { Attempts = spending.Attempts, SpentUsd = spending.KnownUsd, CostUnknown = spending.PriceUnknown };

    private RunInference Redirect(RunInference run, string deployment)
    {
        var target = configuration.Catalog.FindDeployment(deployment);
        return run with
        {
            Laps = 0,
            Route = run.Route with
            {
                Deployment = deployment,
                Model = target?.Model ?? run.Route.Model,
                Tier = target?.Tier ?? run.Route.Tier,
                Fallbacks = [.. run.Route.Fallbacks.Where(fallback => fallback != deployment)],
                Reason = $"{run.Route.Reason}; fell back from {run.Route.Deployment}",
            },
        };
    }

    private async Task SettleAsync(RunInference run, RequestProgress? progress, Outcome outcome, DeadLetter? letter, CancellationToken cancellationToken)
    {
        // A finished call waits to be recorded however long the ledger is away; only shutdown ends the wait, and then the claim lapses.
        var result = await ledger.SettleAsync(
            new Settlement
            {
                Key = KeyOf(run),
                ClaimId = progress is { HasClaim: true } ? progress.ClaimId : null,
                Attempt = progress?.UnwrittenEnd,
                Outcome = outcome,
                DeadLetter = letter,
            },
            cancellationToken);

        switch (result.State)
        {
            case SettleState.Settled:
                BrokerTelemetry.CountSettled(run.Lane, outcome.Failure);
                if (outcome.Failure is { } failure)
                    LogFailed(run.Tenant, run.RequestId, failure, outcome.Message ?? "");
                await AnnounceAsync(run, RecordedOutcome.Of(outcome, run.Run), result.AlsoReplyTo, cancellationToken);
                break;

            case SettleState.Finished:
                await AnswerFromRecordAsync(run, result.Outcome!, cancellationToken);
                break;

            default:
                LogSuperseded(run.Tenant, run.RequestId);
                break;
        }
    }

    private async Task AnnounceAsync(RunInference run, RecordedOutcome outcome, IReadOnlyList<ReplyAddress> alsoReplyTo, CancellationToken cancellationToken)
    {
        if (run.Shadow)
            return;

        IReadOnlyList<ReplyAddress> addresses = run.ReplyTo is { } replyTo ? [replyTo, .. alsoReplyTo] : alsoReplyTo;
        await replies.SendAsync(KeyOf(run), addresses, outcome, cancellationToken);
        await sender.PublishEventAsync(run.Tenant, outcome, cancellationToken);
    }

    /// <summary>A redelivery of a request whose outcome is on record: it is answered, not paid again.</summary>
    private async Task AnswerFromRecordAsync(RunInference run, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
        LogAnsweredFromRecord(run.Tenant, run.RequestId);
        if (run.ReplyTo is { } replyTo && outcome.Reply is not null)
            await replies.SendAsync(KeyOf(run), [replyTo], outcome, cancellationToken);
    }

    private static RunKey KeyOf(RunInference run) => new(run.Tenant, run.RequestId, run.Run);

    private decimal? EstimateCost(RunInference run, Deployment deployment)
    {
        var prompt = Prompt.Read(run.Body.GetValueOrDefault(), run.Operation);
        return deployment.PriceAt(time.GetUtcNow())?.Estimate(prompt.Tokens, prompt.MaxOutputTokens ?? deployment.MaxOutputTokens);
    }

    private static DeadLetter LetterOf(RunInference run, FailureReason reason, string message, Spending spending, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Tenant = run.Tenant,
        RequestId = run.RequestId,
        Run = run.Run,
        Reason = reason,
        Error = message,
        Deployment = run.Route.Deployment,
        Lane = run.Lane,
        Task = run.Route.Task,
        Attempts = spending.Attempts,
        CostUsd = spending.CostUsd,
        CreatedAt = now,
        Body = WireJson.ToBytes(Carry(run, spending) with { BodyRef = run.Body is null ? run.BodyRef : null }),
    };

    /// <summary>What an operator can fix, or nobody can explain; the rest is the caller's to deal with.</summary>
    private static bool NeedsOperator(FailureReason reason) => reason is
        FailureReason.KeyRefused or FailureReason.Exhausted or FailureReason.Ambiguous or FailureReason.Poison or FailureReason.Internal
        or FailureReason.BodyMissing;

    private static string MissingBody(RunInference run) => run.BodyRef is { } reference
        ? $"The body of {reference.Bytes} bytes, stored at {reference.StoredAt:O}, is no longer in the ledger; publish the request anew."
        : "The message has neither a body nor a reference to one.";

    private static string Describe(ProviderResult? failure) =>
        failure is null ? "no attempt" : failure.ErrorMessage is { Length: > 0 } message ? $"{failure.Error}: {message}" : $"{failure.Error}";

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} failed: {Reason}: {Error}")]
    private partial void LogFailed(string tenant, string requestId, FailureReason reason, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId} waits {Step}: {Why}")]
    private partial void LogParked(string tenant, string requestId, string step, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId} falls back to {Deployment}: {Why}")]
    private partial void LogFallback(string tenant, string requestId, string deployment, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} is held by a living worker; looking again later")]
    private partial void LogHeld(string tenant, string requestId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} was taken over; this delivery is dropped")]
    private partial void LogSuperseded(string tenant, string requestId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} answered from the record")]
    private partial void LogAnsweredFromRecord(string tenant, string requestId);
}
