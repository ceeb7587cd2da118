using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Telemetry;
using Polly;
using Polly.Timeout;
using PollyOutcome = Polly.Outcome;

namespace LlmBroker.Inference;

/// <summary>
/// The strategy around each single call: no vendor call without a committed row that says it started, and a row for its end.
/// The end of a call that ends the run is left to the settlement, which writes both in one commit.
/// </summary>
internal sealed class AttemptRecorder(LedgerWriter ledger, WorkerIdentity worker, LocalLoad load, Func<int> maxAttempts, TimeProvider time)
    : ResilienceStrategy<CallResult>
{
    protected override async ValueTask<Outcome<CallResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<CallResult>>> callback, ResilienceContext context, TState state)
    {
        var progress = context.Properties.GetValue(RequestProgress.Key, null!);
        if (!progress.Running.TryBeginCall())
            return PollyOutcome.FromException<CallResult>(new OperationCanceledException("No call is begun any more."));

        var goesOn = true;
        try
        {
            var outcome = await CallAsync(callback, context, state, progress);
            goesOn = outcome.Result?.IsTransient ?? true;
            return outcome;
        }
        finally
        {
            progress.Running.EndCall(goesOn);
        }
    }

    private async ValueTask<Outcome<CallResult>> CallAsync<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<CallResult>>> callback, ResilienceContext context, TState state, RequestProgress progress)
    {
        var start = StartOf(progress);
        progress.HasClaim = true;
        // Waited for to its end: once it may be committed, somebody must know whether it was.
        var started = await ledger.StartAsync(start, CancellationToken.None);
        progress.HasClaim = started.State is not (StartState.Held or StartState.Superseded or StartState.Finished or StartState.MovedOn);
        progress.Spending = new Spending(started.Attempts, started.SpentUsd, started.PriceUnknown);
        progress.RunAttempts = started.RunAttempts;
        progress.UnwrittenEnd = null;
        if (started.State != StartState.Started)
            return PollyOutcome.FromResult(new CallResult(null, started));

        CrashPoint.Reach(CrashPoint.AfterClaim);
        progress.AttemptId = start.AttemptId;
        if (context.CancellationToken.IsCancellationRequested)
        {
            await ledger.EndAsync(NotMade(progress), progress.ClaimId, CancellationToken.None);
            return PollyOutcome.FromException<CallResult>(new OperationCanceledException(context.CancellationToken));
        }

        BrokerTelemetry.CallStarted(progress.Deployment.Name);
        var clock = time.GetTimestamp();
        var outcome = await callback(context, state);
        CrashPoint.Reach(CrashPoint.AfterAnswer);
        var answer = outcome.Result?.Answer ?? FailureOf(outcome.Exception, progress);
        var end = EndOf(progress, answer, time.GetElapsedTime(clock));
        BrokerTelemetry.CallEnded(progress.Deployment.Name, end);

        progress.Spending = progress.Spending.Plus(end.CostUsd);
        var result = new CallResult(answer);
        if (answer.Error is null)
            load.Measure(end.Latency);
        if (!result.IsTransient && !IsHandedBack(answer, progress))
        {
            progress.UnwrittenEnd = end;
            return PollyOutcome.FromResult(result);
        }

        // Written even while the pipeline is timing out: what was spent is on record before anything else happens.
        progress.LastFailure = answer;
        await ledger.EndAsync(end, progress.ClaimId, CancellationToken.None);
        return PollyOutcome.FromResult(result);
    }

    private AttemptStart StartOf(RequestProgress progress)
    {
        var now = time.GetUtcNow();
        return new AttemptStart
        {
            Key = progress.RunKey,
            AttemptId = Guid.CreateVersion7(now),
            ClaimId = progress.ClaimId,
            WorkerId = worker.Id,
            Deployment = progress.Deployment.Name,
            Provider = progress.Deployment.Provider,
            Model = progress.Deployment.Model,
            StartedAt = now,
            EstimatedCostUsd = progress.EstimatedCostUsd,
            Deadline = progress.Run.Deadline,
            MaxAttempts = maxAttempts(),
            MaxCostUsd = progress.Run.MaxCostUsd,
            AtMostOnce = progress.Run.AtMostOnce,
            Purpose = progress.Purpose,
            Previous = progress.UnwrittenEnd,
            EscalateTo = progress.Purpose is null ? progress.Run.Route.EscalateTo : [],
        };
    }

    private AttemptEnd EndOf(RequestProgress progress, ProviderResult answer, TimeSpan latency)
    {
        var now = time.GetUtcNow();
        // The vendor charges by the day of the request.
        var price = progress.Deployment.PriceAt(now - latency);
        return new AttemptEnd
        {
            Key = progress.RunKey,
            AttemptId = progress.AttemptId,
            Status = StatusOf(answer, progress),
            EndedAt = now,
            Latency = latency,
            Error = answer.Error?.ToString(),
            ErrorMessage = answer.ErrorMessage,
            HttpStatus = answer.HttpStatus,
            ProviderKey = answer.KeyName,
            VendorRequestId = answer.VendorRequestId,
            FinishReason = answer.FinishReason,
            Usage = answer.Usage,
            Price = answer.Usage is { } usage ? price?.Of(usage) : price?.Standard,
            CostUsd = CostOf(progress, answer, price),
        };
    }

    /// <summary>The ledger gave leave, but meanwhile there was no more time.</summary>
    private AttemptEnd NotMade(RequestProgress progress) => new()
    {
        Key = progress.RunKey,
        AttemptId = progress.AttemptId,
        Status = AttemptStatus.Aborted,
        EndedAt = time.GetUtcNow(),
        Latency = TimeSpan.Zero,
        Error = nameof(ProviderError.Aborted),
        ErrorMessage = "No call was made: the time was up when the ledger gave leave.",
        CostUsd = 0,
    };

    /// <summary>Aborted because the process stops: the run goes on elsewhere, so that the end cannot wait for an outcome.</summary>
    private static bool IsHandedBack(ProviderResult answer, RequestProgress progress) =>
        answer.Error == ProviderError.Aborted && progress.Running.Reason == AbortReason.Stopping;

    private static AttemptStatus StatusOf(ProviderResult answer, RequestProgress progress) => answer switch
    {
        { Error: null } => AttemptStatus.Succeeded,
        _ when IsHandedBack(answer, progress) => AttemptStatus.Ambiguous,
        { Error: ProviderError.Aborted } => AttemptStatus.Aborted,
        { Usage: null, Error: { } error } when ProviderErrors.MayHaveRun(error) => AttemptStatus.Ambiguous,
        _ => AttemptStatus.Failed,
    };

    private static decimal? CostOf(RequestProgress progress, ProviderResult answer, ListPrice? price) => answer switch
    {
        { Usage: { } usage } => price?.CostOf(usage),
        { Error: { } error } when !ProviderErrors.MayHaveRun(error) => 0,
        // No usage, and the vendor may charge: the estimate stands, as for a worker that died in the call.
        _ => progress.EstimatedCostUsd,
    };

    private static ProviderResult FailureOf(Exception? exception, RequestProgress progress) => exception switch
    {
        TimeoutRejectedException timeout => new ProviderResult
        {
            Error = ProviderError.Timeout,
            ErrorMessage = $"No answer within {timeout.Timeout.TotalSeconds:0.#} s.",
        },
        OperationCanceledException when progress.Running.Reason != AbortReason.None => new ProviderResult
        {
            Error = ProviderError.Aborted,
            ErrorMessage = progress.Running.Reason switch
            {
                AbortReason.Cancelled => "Cancelled while the call was running.",
                AbortReason.Expired => "The deadline passed while the call was running.",
                _ => "The worker stopped while the call was running.",
            },
        },
        OperationCanceledException => new ProviderResult
        {
            Error = ProviderError.Timeout,
            ErrorMessage = "The time for all tries ran out during the call.",
        },
        _ => new ProviderResult
        {
            Error = ProviderError.Unknown,
            ErrorMessage = $"The provider adapter failed: {exception?.GetType().Name}.",
        },
    };
}
