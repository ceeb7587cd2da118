using LlmBroker.Contracts;
using LlmBroker.Ledger;
using Xunit;

namespace LlmBroker.Tests.Ledger;

/// <summary>What happens next to the request; deliveries are spread over workers that may stall at any moment and go on later.</summary>
internal enum ClaimStep
{
    Accept,
    AcceptDuplicate,
    Start,
    EndAttempt,
    EndAttemptAmbiguous,
    Complete,
    Fail,
    Release,
    TakeAndFail,
    Stall,
    GoOn,
    Sweep,
    Cancel,
    Redrive,
}

/// <summary>A step of one delivery; with <paramref name="Repeated"/> its commit's confirmation is lost and it is carried out again.</summary>
internal readonly record struct ClaimCommand(ClaimStep Step, int Delivery, int Cents, bool Repeated);

/// <summary>
/// Some workers that behave as ours do, each with deliveries of the same request, and what must hold whatever their order. A delivery knows
/// nothing but the ledger's answers.
/// </summary>
internal sealed class ClaimModel
{
    private const int Workers = 3;
    private const int MaxAttempts = 4;
    private const decimal MaxCostUsd = 0.50m;
    private const decimal EstimateUsd = 0.10m;

    private readonly ILedgerUnderRules ledger;
    private readonly bool atMostOnce;
    private readonly RunKey key = new("acme", Guid.NewGuid().ToString("N"), 1);
    private readonly Guid[] workers = [.. Enumerable.Range(0, Workers + 1).Select(_ => Guid.NewGuid())];
    private readonly bool[] isStalled = new bool[Workers + 1];
    private readonly List<DeliveryModel> deliveries = [];
    private readonly HashSet<Guid> mayBeAmbiguous = [];
    private readonly List<string> awaitingReply = [];
    private int run = 1;

    public ClaimModel(ILedgerUnderRules ledger, bool atMostOnce)
    {
        this.ledger = ledger;
        this.atMostOnce = atMostOnce;
        for (var i = 0; i < Workers * 2; i++)
            deliveries.Add(new DeliveryModel { Worker = i % Workers });
    }

    private enum Phase
    {
        /// <summary>Not taken up yet.</summary>
        Fresh,

        Calling,

        /// <summary>It has the claim, and no call runs.</summary>
        Between,

        /// <summary>It has the claim and may only end it.</summary>
        MustEnd,
    }

    private RunKey Key => key with { Run = run };

    public async Task RunAsync(IEnumerable<ClaimCommand> commands)
    {
        foreach (var worker in workers)
            await ledger.RenewLeaseAsync(worker, isAlive: true);
        await CarryOutAsync(new ClaimCommand(ClaimStep.Accept, 0, 0, Repeated: false));
        foreach (var command in commands)
        {
            await CarryOutAsync(command);
            await CheckFactsAsync();
        }

        await CheckThatItEndsAsync();
    }

    private async Task CarryOutAsync(ClaimCommand command)
    {
        ledger.Now = ledger.Now.AddSeconds(1);
        var delivery = deliveries[command.Delivery % deliveries.Count];
        var cost = command.Cents / 100m;
        switch (command.Step)
        {
            case ClaimStep.Accept or ClaimStep.AcceptDuplicate:
                await AcceptAsync(command);
                break;
            case ClaimStep.Start when delivery.Phase is Phase.Fresh or Phase.Between:
                await StartAsync(delivery, command.Repeated);
                break;
            case ClaimStep.EndAttempt when delivery.Phase == Phase.Calling:
                await EndAsync(delivery, AttemptStatus.Failed, cost, command.Repeated);
                break;
            case ClaimStep.EndAttemptAmbiguous when delivery.Phase == Phase.Calling:
                await EndAsync(delivery, AttemptStatus.Ambiguous, EstimateUsd, command.Repeated);
                break;
            case ClaimStep.Complete when delivery.Phase == Phase.Calling:
                await SettleAsync(delivery, EndOf(delivery, AttemptStatus.Succeeded, cost), failure: null, command.Repeated);
                break;
            case ClaimStep.Fail when delivery.Phase == Phase.Calling:
                await SettleAsync(delivery, EndOf(delivery, AttemptStatus.Failed, cost), FailureReason.RefusedByVendor, command.Repeated);
                break;
            case ClaimStep.Fail when delivery.Phase is Phase.Between or Phase.MustEnd:
                await SettleAsync(delivery, attempt: null, FailureReason.Exhausted, command.Repeated);
                break;
            case ClaimStep.Release when delivery.Phase != Phase.Calling:
                await ReleaseAsync(delivery, command.Repeated);
                break;
            case ClaimStep.TakeAndFail when delivery.Phase == Phase.Fresh:
                await TakeAsync(delivery, command.Repeated);
                break;
            case ClaimStep.Stall:
                isStalled[delivery.Worker] = true;
                await ledger.RenewLeaseAsync(workers[delivery.Worker], isAlive: false);
                break;
            case ClaimStep.GoOn:
                await GoOnAsync(delivery);
                break;
            case ClaimStep.Sweep:
                await CommitAsync(() => new LapseOperation(Key), command.Repeated, mayDiffer: true);
                break;
            case ClaimStep.Cancel:
                await ledger.CancelAsync();
                break;
            case ClaimStep.Redrive when await ledger.RedriveAsync():
                run++;
                awaitingReply.Clear();
                // Each delivery is of one run; one in a call learns later that its run is over.
                foreach (var old in deliveries.Where(old => old.Phase != Phase.Calling))
                    old.Forget();
                break;
        }
    }

    private async Task AcceptAsync(ClaimCommand command)
    {
        var queue = command.Step == ClaimStep.Accept ? "acme.first" : $"acme.{command.Cents}";
        var acceptance = new Acceptance
        {
            Key = key,
            BodyHash = [1],
            AcceptedAt = ledger.Now,
            Lane = "bulk",
            Operation = "chat",
            Deadline = ledger.Now.AddDays(1000),
            MessageBytes = 1,
            ReplyTo = new ReplyAddress { Queue = queue },
        };
        var result = await CommitAsync(() => new AcceptOperation(acceptance), command.Repeated);
        if (result.State is AcceptState.New or AcceptState.Waiting or AcceptState.Running)
            awaitingReply.Add(queue);
        else if (result.State == AcceptState.Finished)
            Assert.NotNull(result.Outcome!.Reply);
    }

    private async Task StartAsync(DeliveryModel delivery, bool repeated)
    {
        await GoOnAsync(delivery);
        var before = await ledger.ReadAsync(key);
        var start = new AttemptStart
        {
            Key = Key,
            AttemptId = Guid.NewGuid(),
            ClaimId = delivery.ClaimId,
            WorkerId = workers[delivery.Worker],
            Deployment = "d",
            Provider = "p",
            Model = "m",
            StartedAt = ledger.Now,
            EstimatedCostUsd = EstimateUsd,
            Deadline = ledger.Now.AddDays(1000),
            MaxAttempts = MaxAttempts,
            MaxCostUsd = MaxCostUsd,
            AtMostOnce = atMostOnce,
        };
        var result = await CommitAsync(() => new StartOperation(start), repeated);
        if (result.State == StartState.Started)
        {
            CheckThatItMayStart(before, delivery);
            delivery.Phase = Phase.Calling;
            delivery.Attempt = start;
            return;
        }

        if (result.State >= StartState.Cancelled)
            delivery.Phase = Phase.MustEnd;
        else
            CheckRefusal(result.State, before, delivery);
    }

    /// <summary>No call after the end, none past a cap, and none beside another one whose worker was not given up.</summary>
    private void CheckThatItMayStart(LedgerFacts before, DeliveryModel delivery)
    {
        Assert.DoesNotContain(run, before.Outcomes);
        Assert.False(before.Claim?.CancelRequested);
        Assert.True(before.Attempts.Count(attempt => attempt.Run == run) < MaxAttempts);
        Assert.False(atMostOnce && before.Attempts.Any(attempt => attempt.Run == run && attempt.Ends.Any(end => end.Status == AttemptStatus.Ambiguous)));
        foreach (var other in deliveries.Where(other => other != delivery && other is { Phase: Phase.Calling, Attempt: { } attempt } && attempt.Key.Run == run))
            Assert.True(isStalled[other.Worker] || mayBeAmbiguous.Contains(other.Attempt!.AttemptId), "a second call beside a living one");
    }

    private void CheckRefusal(StartState state, LedgerFacts before, DeliveryModel delivery)
    {
        if (state == StartState.Held)
            Assert.Contains(deliveries, other => other != delivery && other.Phase != Phase.Fresh && !isStalled[other.Worker]);
        if (state == StartState.Finished)
            Assert.Contains(run, before.Outcomes);
        delivery.Forget();
    }

    private async Task EndAsync(DeliveryModel delivery, AttemptStatus status, decimal cost, bool repeated)
    {
        if (status == AttemptStatus.Ambiguous)
            mayBeAmbiguous.Add(delivery.Attempt!.AttemptId);
        var end = EndOf(delivery, status, cost);
        await CommitAsync(() => new EndOperation(end, delivery.ClaimId), repeated);
        delivery.Phase = Phase.Between;
        delivery.Attempt = null;
        if (end.Key.Run != run)
            delivery.Forget();
    }

    private async Task SettleAsync(DeliveryModel delivery, AttemptEnd? attempt, FailureReason? failure, bool repeated)
    {
        var settlement = new Settlement
        {
            Key = delivery.Attempt?.Key ?? Key,
            ClaimId = delivery.ClaimId,
            Attempt = attempt,
            Outcome = new Outcome { Failure = failure, ReplyId = Guid.NewGuid(), Reply = [1, 2, 3], SettledAt = ledger.Now },
        };
        var result = await CommitAsync(() => new SettleOperation(settlement), repeated);
        if (result.State == SettleState.Settled && settlement.Key.Run == 1)
            Assert.Equal(awaitingReply.Distinct().Order(), result.Askers.Select(address => address.Queue).Order());
        delivery.Forget();
    }

    private async Task ReleaseAsync(DeliveryModel delivery, bool repeated)
    {
        var released = await CommitAsync(() => new ReleaseOperation(Key, delivery.ClaimId, "waits", "d"), repeated);
        if (released.State == ReleaseState.Held)
            Assert.Contains(deliveries, other => other != delivery && other.Phase != Phase.Fresh && !isStalled[other.Worker]);
        delivery.Forget();
    }

    private async Task TakeAsync(DeliveryModel delivery, bool repeated)
    {
        await GoOnAsync(delivery);
        var before = await ledger.ReadAsync(key);
        var at = ledger.Now;
        var result = await CommitAsync(() => new TakeOperation(Key, delivery.ClaimId, workers[delivery.Worker], at), repeated);
        if (result.State == StartState.Taken)
            delivery.Phase = Phase.MustEnd;
        else
            CheckRefusal(result.State, before, delivery);
    }

    /// <summary>A worker that does something has, or renews, its lease; what it held before may be another's by now.</summary>
    private async Task GoOnAsync(DeliveryModel delivery)
    {
        if (!isStalled[delivery.Worker])
            return;
        isStalled[delivery.Worker] = false;
        await ledger.RenewLeaseAsync(workers[delivery.Worker], isAlive: true);
    }

    private async Task<TResult> CommitAsync<TResult>(Func<LedgerOperation<TResult>> operation, bool repeated, bool mayDiffer = false)
    {
        // What a stalled worker had open may be called ambiguous by this.
        foreach (var other in deliveries.Where(other => isStalled[other.Worker] && other.Attempt is not null))
            mayBeAmbiguous.Add(other.Attempt!.AttemptId);

        var result = await ledger.CommitAsync(operation());
        if (!repeated)
            return result;

        var once = await ledger.ReadAsync(key);
        var again = await ledger.CommitAsync(operation());
        Assert.Equal(once.Fingerprint(), (await ledger.ReadAsync(key)).Fingerprint());
        if (!mayDiffer)
            Assert.Equivalent(result, again);
        return again;
    }

    private async Task CheckFactsAsync()
    {
        var facts = await ledger.ReadAsync(key);
        var claim = facts.Claim!;
        Assert.Equal(facts.Outcomes.Distinct().Count(), facts.Outcomes.Count);
        Assert.Equal(claim.State == ClaimState.Finished, facts.Outcomes.Contains(claim.Run));
        Assert.Equal(facts.Attempts.Count, claim.AttemptsTotal);
        Assert.Equal(facts.Attempts.Count(attempt => attempt.Run == claim.Run), claim.Attempts);

        var counted = facts.Attempts.Where(attempt => attempt.Ends.Count > 0).Select(attempt => attempt.Ends.OrderBy(end => end.Status == AttemptStatus.Ambiguous).First());
        Assert.Equal(counted.Sum(end => end.CostUsd ?? 0), claim.SpentUsd);
        foreach (var attempt in facts.Attempts)
        {
            Assert.True(attempt.Ends.Count(end => end.Status != AttemptStatus.Ambiguous) <= 1, "two true ends");
            Assert.True(attempt.Ends.Count(end => end.Status == AttemptStatus.Ambiguous) <= 1, "ambiguous twice");
            if (attempt.Ends.Any(end => end.Status == AttemptStatus.Ambiguous))
                Assert.Contains(attempt.AttemptId, mayBeAmbiguous);
        }

        var open = facts.Attempts.Where(attempt => attempt.Ends.Count == 0).Select(attempt => (Guid?)attempt.AttemptId);
        Assert.Equal(claim.OpenAttemptId is { } id ? [id] : [], open);
        Assert.True(claim.OpenAttemptId is null || claim.State == ClaimState.Running, "an open attempt of a request that nobody holds");
    }

    /// <summary>All workers die; one that is new and gets the message next can end the run.</summary>
    private async Task CheckThatItEndsAsync()
    {
        foreach (var worker in workers)
            await ledger.RenewLeaseAsync(worker, isAlive: false);
        Array.Fill(isStalled, true);
        var heir = new DeliveryModel { Worker = Workers };
        await TakeAsync(heir, repeated: false);
        if (heir.Phase == Phase.MustEnd)
            await SettleAsync(heir, attempt: null, FailureReason.Expired, repeated: true);
        await CheckFactsAsync();
        Assert.Contains(run, (await ledger.ReadAsync(key)).Outcomes);
    }

    private AttemptEnd EndOf(DeliveryModel delivery, AttemptStatus status, decimal cost) => new()
    {
        Key = delivery.Attempt!.Key,
        AttemptId = delivery.Attempt.AttemptId,
        Status = status,
        EndedAt = ledger.Now,
        Latency = TimeSpan.FromSeconds(1),
        CostUsd = cost,
    };

    private sealed class DeliveryModel
    {
        public required int Worker { get; init; }
        public Guid ClaimId { get; private set; } = Guid.NewGuid();
        public Phase Phase { get; set; }
        public AttemptStart? Attempt { get; set; }

        /// <summary>It is acked or put back; the next one of this worker has a claim of its own.</summary>
        public void Forget()
        {
            ClaimId = Guid.NewGuid();
            Phase = Phase.Fresh;
            Attempt = null;
        }
    }
}
