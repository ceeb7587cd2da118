using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Providers;
using LlmBroker.Telemetry;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Inference;

/// <summary>
/// How a run ends in a worker: with an answer or a failure, settled in one commit and told to everybody who waits; or not here, because it has
/// ended already or another worker has it. Every method returns when the delivery may be acked.
/// </summary>
internal sealed partial class RunEndings(
    LiveConfiguration configuration,
    LedgerWriter ledger,
    WorkerIdentity worker,
    MessageSender sender,
    ReplySender replies,
    BodyLoader bodies,
    TimeProvider time,
    ILogger<RunEndings> logger)
{
    private static readonly TimeSpan LetGoTime = TimeSpan.FromSeconds(5);

    /// <summary>Ends a run whose deadline passed before a call succeeded.</summary>
    public Task ExpireAsync(RunInference run, CancellationToken cancellationToken) =>
        EndAsync(run, FailureReason.Expired, $"The deadline {run.Deadline:O} passed before a call succeeded.", cancellationToken);

    /// <summary>
    /// Ends a run with a failure that did not come from a call, unless it has its outcome or a living worker has it; dead-letters it when an
    /// operator can act on it.
    /// </summary>
    public async Task EndAsync(RunInference run, FailureReason reason, string message, CancellationToken cancellationToken)
    {
        var claimId = Guid.NewGuid();
        StartResult taken;
        try
        {
            taken = await ledger.TakeAsync(RunKey.Of(run), claimId, worker.Id, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // It may be written all the same, and would then be held by a living worker that knows nothing of it.
            await LetGoAfterFaultAsync(run, claimId);
            throw;
        }

        switch (taken.State)
        {
            case StartState.Taken:
                break;

            case StartState.Finished:
                await AnswerFromRecordAsync(run, taken.Outcome!, cancellationToken);
                return;

            case StartState.Held:
                await LookAgainLaterAsync(run, cancellationToken);
                return;

            default:
                Drop(run);
                return;
        }

        try
        {
            await FailAsync(run, claimId, new Spending(taken.Attempts, taken.SpentUsd, taken.PriceUnknown), attempt: null, reason, message, cancellationToken);
        }
        catch
        {
            await LetGoAfterFaultAsync(run, claimId);
            throw;
        }
    }

    public Task FailAsync(RequestProgress progress, FailureReason reason, string message, CancellationToken cancellationToken) =>
        FailAsync(progress.Run, progress.ClaimId, progress.Spending, progress.UnwrittenEnd, reason, message, cancellationToken);

    private async Task FailAsync(
        RunInference run, Guid claimId, Spending spending, AttemptEnd? attempt, FailureReason reason, string message, CancellationToken cancellationToken)
    {
        // A dead letter outlives the stored body, so it has its own.
        var whole = NeedsOperator(reason) && !run.Shadow ? await bodies.LoadAsync(run, cancellationToken) ?? run : null;
        var now = time.GetUtcNow();
        var letter = whole is null ? null : LetterOf(whole, reason, message, spending, now);
        var outcome = OutcomeComposer.Failed(run, reason, message, spending, letter?.Id, now);
        await SettleAsync(run, claimId, attempt, outcome, letter, cancellationToken);
    }

    /// <summary>
    /// Another one can have the request at once, where otherwise it would wait for this process to be gone. While the ledger is away that
    /// is not waited for: it is written when the ledger is back, and the delivery must not be held for so long.
    /// </summary>
    public async Task LetGoAfterFaultAsync(RunInference run, Guid claimId)
    {
        var release = ledger.ReleaseAsync(RunKey.Of(run), claimId, "its worker let it go", run.Route.Deployment, CancellationToken.None);
        await Task.WhenAny(release, Task.Delay(LetGoTime, time, CancellationToken.None));
        if (release.IsCompleted)
            await release;
    }

    /// <summary>Ends a run with the answer that it got.</summary>
    /// <param name="progress">The delivery.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="end">How the attempt that answered ended.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="remark">For the route's reason.</param>
    public Task CompleteAsync(
        RequestProgress progress, ProviderResult answer, AttemptEnd? end, CancellationToken cancellationToken, string remark = "")
    {
        var run = progress.Run;
        if (remark.Length > 0)
            run = run with { Route = run.Route with { Reason = run.Route.Reason + remark } };
        var outcome = AnswerCosts.Add(OutcomeComposer.Completed(run, answer, progress.Spending, time.GetUtcNow()), run, end, configuration.Catalog);
        return SettleAsync(run, progress.ClaimId, progress.UnwrittenEnd, outcome, letter: null, cancellationToken);
    }

    /// <summary>
    /// A redelivery of a request whose outcome is on record: it is answered, not paid again. So is everybody who waits, since the worker that
    /// settled it may have died before it told them.
    /// </summary>
    public async Task AnswerFromRecordAsync(RunInference run, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
        LogAnsweredFromRecord(run.Tenant, run.RequestId);
        if (outcome.Reply is not null)
            await AnnounceAsync(run, outcome, outcome.Askers, cancellationToken);
    }

    /// <summary>
    /// A living worker has it: its connection broke, or this is a duplicate. After the shortest wait it has ended, or its lease has lapsed,
    /// or this is tried again; a worker holds a request only as long as one delivery lasts.
    /// </summary>
    public Task LookAgainLaterAsync(RunInference run, CancellationToken cancellationToken)
    {
        LogHeld(run.Tenant, run.RequestId);
        return sender.SendWorkAsync(run, WaitStep.All[0], cancellationToken);
    }

    /// <summary>Another worker took the run over, or a newer one was opened: this delivery has no part in it any more.</summary>
    public void Drop(RunInference run) => LogSuperseded(run.Tenant, run.RequestId);

    private async Task SettleAsync(
        RunInference run, Guid claimId, AttemptEnd? attempt, Outcome outcome, DeadLetter? letter, CancellationToken cancellationToken)
    {
        // A finished call waits to be recorded however long the ledger is away; only shutdown ends the wait, and then the claim lapses.
        var result = await ledger.SettleAsync(
            new Settlement
            {
                Key = RunKey.Of(run),
                ClaimId = claimId,
                Attempt = attempt,
                Outcome = outcome,
                DeadLetter = letter,
            },
            cancellationToken);

        switch (result.State)
        {
            case SettleState.Settled:
                CrashPoint.Reach(CrashPoint.AfterOutcome);
                BrokerTelemetry.CountSettled(run.Lane, outcome.Failure);
                if (outcome.Failure is { } failure)
                    LogFailed(run.Tenant, run.RequestId, failure, outcome.Message ?? "");
                await AnnounceAsync(run, RecordedOutcome.Of(outcome, run.Run), result.Askers, cancellationToken);
                break;

            case SettleState.Finished:
                await AnswerFromRecordAsync(run, result.Outcome!, cancellationToken);
                break;

            default:
                Drop(run);
                break;
        }
    }

    private async Task AnnounceAsync(RunInference run, RecordedOutcome outcome, IReadOnlyList<ReplyAddress> askers, CancellationToken cancellationToken)
    {
        if (run.Shadow)
            return;

        await replies.SendAsync(RunKey.Of(run), run.ReplyTo, askers, outcome, cancellationToken);
        await sender.PublishEventAsync(run.Tenant, outcome, cancellationToken);
        CrashPoint.Reach(CrashPoint.AfterReply);
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
        Model = run.Route.Model,
        Lane = run.Lane,
        Task = run.Route.Task,
        Attempts = spending.Attempts,
        CostUsd = spending.CostUsd,
        CreatedAt = now,
        Body = WireJson.ToBytes(spending.CarriedBy(run) with { BodyRef = run.Body is null ? run.BodyRef : null }),
    };

    /// <summary>What an operator can fix, or nobody can explain; the rest is the caller's to deal with.</summary>
    private static bool NeedsOperator(FailureReason reason) => reason is
        FailureReason.KeyRefused or FailureReason.Exhausted or FailureReason.Ambiguous or FailureReason.Poison or FailureReason.Internal
        or FailureReason.BodyMissing;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} failed: {Reason}: {Error}")]
    private partial void LogFailed(string tenant, string requestId, FailureReason reason, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} is held by a living worker; looking again later")]
    private partial void LogHeld(string tenant, string requestId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} was taken over; this delivery is dropped")]
    private partial void LogSuperseded(string tenant, string requestId);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Tenant}/{RequestId} answered from the record")]
    private partial void LogAnsweredFromRecord(string tenant, string requestId);
}
