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
/// Every method returns when the delivery may be acked. One that throws holds no claim any more: the delivery can go to another worker.
/// </summary>
internal sealed partial class RequestRunner(
    LiveConfiguration configuration,
    DeploymentPipelines pipelines,
    DeploymentHolds holds,
    LedgerWriter ledger,
    MessageSender sender,
    BodyLoader bodies,
    AnswerReview review,
    RunEndings endings,
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

        if (time.GetUtcNow() >= run.Deadline)
        {
            await endings.ExpireAsync(run, cancellationToken);
            return;
        }

        if (run.MaxCostUsd is not null && pipeline.Deployment.PriceAt(time.GetUtcNow()) is null)
        {
            await endings.EndAsync(run, FailureReason.PriceUnknown, $"'maxCostUsd' is set and the price of model '{run.Route.Model}' is unknown.", cancellationToken);
            return;
        }

        await running.CheckAsync();
        using var request = running.Enter(RunKey.Of(run), run.Deadline);
        if (await LoadAsync(run, request, cancellationToken) is not { } whole)
            return;

        var progress = new RequestProgress(whole, pipeline.Deployment, EstimateCost(whole, pipeline.Deployment), request);
        try
        {
            await CallAsync(pipeline, progress, cancellationToken);
        }
        catch when (progress.HasClaim)
        {
            await endings.LetGoAfterFaultAsync(run, progress.ClaimId);
            throw;
        }
    }

    /// <summary>The request with its body, before the estimate, which counts the prompt's tokens; null when the run is ended for the lack of it.</summary>
    private async Task<RunInference?> LoadAsync(RunInference run, RunningRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (await bodies.LoadAsync(run, request.Aborted) is { } whole)
                return whole;
            await endings.EndAsync(run, FailureReason.BodyMissing, MissingBody(run), cancellationToken);
        }
        catch (OperationCanceledException) when (request.Reason is AbortReason.Cancelled or AbortReason.Expired)
        {
            await EndAbortedAsync(run, request, progress: null, cancellationToken);
        }

        return null;
    }

    private async Task CallAsync(DeploymentPipeline pipeline, RequestProgress progress, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, progress.Running.Aborted);
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
        catch (OperationCanceledException) when (progress.Running.Reason is AbortReason.Cancelled or AbortReason.Expired)
        {
            await EndAbortedAsync(run, progress.Running, progress, cancellationToken);
            return;
        }

        if (result.Refused is { } refused)
            await ObeyAsync(progress, refused, cancellationToken);
        else if (progress.Running.Reason is AbortReason.Cancelled or AbortReason.Expired && (result.IsTransient || result.Halt is not null))
            await EndAbortedAsync(run, progress.Running, progress, cancellationToken);
        else if (result.Halt is { IsPaused: true })
            await PutBackAsync(progress, cancellationToken);
        else if (result.Halt is { } halt)
            await MoveOnAsync(progress, HeldFor(progress), halt.Remaining, $"{run.Route.Deployment} is not to be called yet", cancellationToken);
        else
            await ConcludeAsync(progress, result.Answer!, cancellationToken);
    }

    /// <summary>The caller or the deadline broke it off, in a call or before one.</summary>
    private Task EndAbortedAsync(RunInference run, RunningRequest request, RequestProgress? progress, CancellationToken cancellationToken)
    {
        var (reason, message) = request.Reason == AbortReason.Cancelled
            ? (FailureReason.Cancelled, "Cancelled")
            : (FailureReason.Expired, $"The deadline {run.Deadline:O} passed");
        return progress is { HasClaim: true }
            ? endings.FailAsync(progress, reason, progress.UnwrittenEnd is null ? $"{message} between two calls." : $"{message} while a call was running.", cancellationToken)
            : endings.EndAsync(run, reason, $"{message} before a call was made.", cancellationToken);
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
            await GiveUpAsync(progress, FailureReason.Exhausted, why, cancellationToken);
        else if (await LetGoAsync(progress, why, run.Route.Deployment, cancellationToken))
            await sender.SendWorkAsync(progress.Spending.CarriedBy(run), wait: null, cancellationToken);
    }

    /// <summary>The deployment was taken out of the configuration: its queue is emptied to whoever else can serve.</summary>
    private async Task LeaveRemovedAsync(RunInference run, CancellationToken cancellationToken)
    {
        var current = configuration.Current;
        var next = FallbackChooser.Next(run, FailureClass.Outage, current, holds)
            ?? (current.Catalog.DeploymentsOf(run.Route.Model) is [var other, ..] ? other.Name : null);
        if (next is null || run.Shadow)
        {
            await endings.EndAsync(
                run,
                FailureReason.Internal,
                $"Deployment '{run.Route.Deployment}' is no longer configured and nothing else serves model '{run.Route.Model}'; configure it and redrive.",
                cancellationToken);
            return;
        }

        var why = $"{run.Route.Deployment} is no longer configured";
        LogFallback(run.Tenant, run.RequestId, next, why);
        if (await LetGoAsync(run, Guid.NewGuid(), why, next, cancellationToken))
            await sender.SendWorkAsync(Redirect(run, next), wait: null, cancellationToken);
    }

    /// <summary>The ledger said that there must be no call.</summary>
    private Task ObeyAsync(RequestProgress progress, StartResult refused, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        switch (refused.State)
        {
            case StartState.Finished:
                return endings.AnswerFromRecordAsync(run, refused.Outcome!, cancellationToken);

            case StartState.Held:
                return endings.LookAgainLaterAsync(run, cancellationToken);

            case StartState.Superseded:
                endings.Drop(run);
                return Task.CompletedTask;

            case StartState.MovedOn:
                LogMovedOn(run.Tenant, run.RequestId, refused.MovedTo!);
                return sender.SendWorkAsync(
                    Escalation.GoOn(progress.Spending.CarriedBy(run), refused, configuration.Catalog), wait: null, cancellationToken);

            case StartState.Cancelled:
                return endings.FailAsync(progress, FailureReason.Cancelled, "Cancelled before a call was made.", cancellationToken);

            case StartState.Expired:
                return endings.FailAsync(progress, FailureReason.Expired, $"The deadline {run.Deadline:O} passed before a call succeeded.", cancellationToken);

            case StartState.CostLimit:
                return endings.FailAsync(
                    progress,
                    FailureReason.CostLimit,
                    $"The next call may cost {progress.EstimatedCostUsd:0.######} USD; with {refused.SpentUsd:0.######} USD spent that would pass 'maxCostUsd' {run.MaxCostUsd}.",
                    cancellationToken);

            case StartState.Ambiguous:
                return endings.FailAsync(progress, FailureReason.Ambiguous, "The outcome of an earlier call is unknown, and the request is at-most-once.", cancellationToken);

            case StartState.AttemptsExhausted:
                return endings.FailAsync(
                    progress, FailureReason.Exhausted, $"{refused.Attempts} attempts made no answer; last: {Describe(progress.LastFailure)}.", cancellationToken);

            default:
                throw new InvalidOperationException($"The ledger answered {refused.State} to a start.");
        }
    }

    private Task ConcludeAsync(RequestProgress progress, ProviderResult answer, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        if (answer.Error is not { } error)
        {
            var end = progress.UnwrittenEnd;
            return AnswerReview.Concerns(run)
                ? ReviewAsync(progress, answer, end, cancellationToken)
                : endings.CompleteAsync(progress, answer, end, cancellationToken);
        }

        var goesOn = error == ProviderError.Aborted ? progress.Running.Reason == AbortReason.Stopping : ProviderErrors.IsTransient(error);
        if (run.AtMostOnce && goesOn && ProviderErrors.MayHaveRun(error))
            return endings.FailAsync(progress, FailureReason.Ambiguous, $"{Describe(answer)}; the request may have run and is at-most-once.", cancellationToken);

        var failure = FailureClass.Of(error);
        if (error != ProviderError.Aborted
            && !FallbackChooser.IsWaitedOut(failure)
            && !answer.OtherKeyReady
            && FallbackChooser.Next(run, failure, configuration.Current, holds) is { } next)
            return FallBackAsync(progress, next, $"{run.Route.Deployment}: {Describe(answer)}", cancellationToken);

        return error switch
        {
            ProviderError.BadRequest => endings.FailAsync(progress, FailureReason.RefusedByVendor, Describe(answer), cancellationToken),
            ProviderError.ContextTooLong => endings.FailAsync(progress, FailureReason.ContextTooLong, Describe(answer), cancellationToken),
            ProviderError.ContentFiltered => endings.FailAsync(progress, FailureReason.ContentFiltered, Describe(answer), cancellationToken),
            ProviderError.Unsupported => endings.FailAsync(progress, FailureReason.Unsupported, Describe(answer), cancellationToken),
            ProviderError.KeyRefused when !answer.OtherKeyReady =>
                endings.FailAsync(progress, FailureReason.KeyRefused, $"{run.Route.Deployment}: {Describe(answer)}", cancellationToken),
            ProviderError.Aborted when goesOn => throw new OperationCanceledException("The worker stopped during the call; the delivery is for another one."),
            ProviderError.Aborted => EndAbortedAsync(run, progress.Running, progress, cancellationToken),
            _ => MoveOnAsync(progress, failure, answer.RetryAfter, $"{run.Route.Deployment}: {Describe(answer)}", cancellationToken),
        };
    }

    /// <summary>A cheap model's answer is looked at before it counts: what does not pass is asked of the large model, where that can still be.</summary>
    private async Task ReviewAsync(RequestProgress progress, ProviderResult answer, AttemptEnd? end, CancellationToken cancellationToken)
    {
        var verdict = await review.LookAsync(progress, answer, cancellationToken);
        if (verdict.Refused is { } refused)
        {
            await ObeyAsync(progress, refused, cancellationToken);
            return;
        }

        if (verdict.IsAccepted)
        {
            await endings.CompleteAsync(progress, answer, end, cancellationToken);
            return;
        }

        var run = progress.Run;
        var current = configuration.Current;
        var (next, whyNot) = Escalation.Plan(progress, current, holds, deployment => EstimateCost(run, deployment), time.GetUtcNow());
        if (next is null)
        {
            LogKept(run.Tenant, run.RequestId, verdict.Words, whyNot!);
            await endings.CompleteAsync(progress, answer, end, cancellationToken, $"; kept though {verdict.Words}: {whyNot}");
            return;
        }

        LogEscalated(run.Tenant, run.RequestId, next.Name, verdict.Words);
        BrokerTelemetry.CountEscalated(run.Route.Deployment);
        if (await LetGoAsync(progress, Escalation.ReasonOf(run, verdict.Words), next.Name, cancellationToken))
        {
            await sender.SendWorkAsync(
                Escalation.Redirect(progress.Spending.CarriedBy(run), next, verdict.Words) with { RejectedCostUsd = end?.CostUsd }, wait: null, cancellationToken);
        }
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
                    await sender.SendWorkAsync(progress.Spending.CarriedBy(run) with { Laps = run.Laps + 1 }, wait, cancellationToken);
                break;
            case NextStep.FallBack(var deployment):
                await FallBackAsync(progress, deployment, why, cancellationToken);
                break;
            default:
                var (reason, message) = time.GetUtcNow() < run.Deadline
                    ? (FailureReason.Exhausted, $"Nothing left to try before the deadline; last: {why}.")
                    : (FailureReason.Expired, $"The deadline {run.Deadline:O} passed; last: {why}.");
                await GiveUpAsync(progress, reason, message, cancellationToken);
                break;
        }
    }

    private Task GiveUpAsync(RequestProgress progress, FailureReason reason, string message, CancellationToken cancellationToken) =>
        progress.HasClaim ? endings.FailAsync(progress, reason, message, cancellationToken) : endings.EndAsync(progress.Run, reason, message, cancellationToken);

    private async Task FallBackAsync(RequestProgress progress, string deployment, string why, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        LogFallback(run.Tenant, run.RequestId, deployment, why);
        if (await LetGoAsync(progress, why, deployment, cancellationToken))
            await sender.SendWorkAsync(Redirect(progress.Spending.CarriedBy(run), deployment), wait: null, cancellationToken);
    }

    /// <returns>False when it is not for this delivery to send the request on.</returns>
    private async Task<bool> LetGoAsync(RequestProgress progress, string why, string deployment, CancellationToken cancellationToken)
    {
        // What ended and is not written yet, such as a failure that would have ended the run, goes into the same commit.
        if (!await LetGoAsync(progress.Run, progress.ClaimId, why, deployment, cancellationToken, progress.UnwrittenEnd))
            return false;

        progress.UnwrittenEnd = null;
        progress.HasClaim = false;
        return true;
    }

    private async Task<bool> LetGoAsync(
        RunInference run, Guid claimId, string why, string deployment, CancellationToken cancellationToken, AttemptEnd? attempt = null)
    {
        var released = await ledger.ReleaseAsync(RunKey.Of(run), claimId, why, deployment, cancellationToken, attempt);
        switch (released.State)
        {
            case ReleaseState.Released:
                CrashPoint.Reach(CrashPoint.AfterRelease);
                return true;

            case ReleaseState.Finished:
                await endings.AnswerFromRecordAsync(run, released.Outcome!, cancellationToken);
                return false;

            case ReleaseState.Held:
                await endings.LookAgainLaterAsync(run, cancellationToken);
                return false;

            default:
                endings.Drop(run);
                return false;
        }
    }

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

    private decimal? EstimateCost(RunInference run, Deployment deployment)
    {
        var prompt = Prompt.Read(run.Body.GetValueOrDefault(), run.Operation);
        return deployment.PriceAt(time.GetUtcNow())?.Estimate(prompt.Tokens, prompt.OutputLimit(deployment.MaxOutputTokens));
    }

    private static string MissingBody(RunInference run) => run.BodyRef is { } reference
        ? $"The body of {reference.Bytes} bytes, stored at {reference.StoredAt:O}, is no longer in the ledger; publish the request anew."
        : "The message has neither a body nor a reference to one.";

    private static string Describe(ProviderResult? failure) =>
        failure is null ? "no attempt" : failure.ErrorMessage is { Length: > 0 } message ? $"{failure.Error}: {message}" : $"{failure.Error}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId} waits {Step}: {Why}")]
    private partial void LogParked(string tenant, string requestId, string step, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId} falls back to {Deployment}: {Why}")]
    private partial void LogFallback(string tenant, string requestId, string deployment, string why);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} goes to {Deployment}, the answer being rejected: {Why}")]
    private partial void LogEscalated(string tenant, string requestId, string deployment, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Tenant}/{RequestId} keeps an answer that was rejected ({Why}): {Obstacle}")]
    private partial void LogKept(string tenant, string requestId, string why, string obstacle);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} had its answer rejected before this delivery; it goes on to {Deployment}")]
    private partial void LogMovedOn(string tenant, string requestId, string deployment);
}
