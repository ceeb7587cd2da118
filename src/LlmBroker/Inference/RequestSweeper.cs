using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Inference;

/// <summary>
/// Ends what no delivery would: takes requests off workers that are gone, so that their spend is on record before anyone takes them over, and
/// ends runs whose message is lost or buried, once they are past their deadline. One process does it at a time.
/// </summary>
internal sealed partial class RequestSweeper(
    SweepStore store,
    CancellationStore cancellations,
    LedgerWriter ledger,
    MessageSender sender,
    LeaseWatch lease,
    LedgerOptions options,
    TimeProvider time,
    ILogger<RequestSweeper> logger) : BackgroundService
{
    /// <summary>Who takes over does so within a lease or two; only what nobody took is for the sweeper.</summary>
    private const int LapsedLeases = 5;

    /// <summary>For messages that are about to be ended in the usual way, and for clocks that differ.</summary>
    private static readonly TimeSpan OverdueGrace = TimeSpan.FromMinutes(1);

    /// <summary>Those that were swept, with the lease they had then: one that came back and is gone again is swept again.</summary>
    private HashSet<LapsedWorker> swept = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Lease, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TrySweepAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }

    private async Task TrySweepAsync(CancellationToken cancellationToken)
    {
        // While the database stood still nobody could renew: whoever is alive gets the time to.
        if (!lease.MayTakeOver)
            return;

        try
        {
            await using var turn = await store.TryLockAsync(cancellationToken);
            if (turn is null)
                return;

            await SweepWorkersAsync(cancellationToken);
            await SweepOverdueAsync(cancellationToken);
            await cancellations.ForgetAsync(cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing is lost by it: whatever was not swept is found the next time.
            LogNotNow(exception);
        }
    }

    private async Task SweepWorkersAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - options.Lease * LapsedLeases;
        var lapsed = await store.GetLapsedWorkersAsync(before, cancellationToken);
        if (!swept.IsSupersetOf(lapsed))
        {
            var held = await store.GetHeldAsync(before, cancellationToken);
            var lost = await Task.WhenAll(held.Select(key => ledger.LapseAsync(key, cancellationToken)));
            if (lost.Count(isLost => isLost) is var count and > 0)
                LogLapsed(count);
        }

        swept = [.. lapsed];
    }

    private async Task SweepOverdueAsync(CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() - OverdueGrace;
        var mark = until;
        var count = 0;
        for (OverdueRun? last = null; ;)
        {
            var page = await store.GetOverdueAsync(until, last, cancellationToken);
            if (page.Count == 0)
                break;

            foreach (var overdue in page)
            {
                if (overdue.IsHeld)
                {
                    // Looked at again, in case that worker goes without ending it.
                    var before = overdue.Deadline.AddMicroseconds(-1);
                    mark = before < mark ? before : mark;
                    continue;
                }

                await SendToItsEndAsync(overdue, cancellationToken);
                count++;
            }

            last = page[^1];
        }

        if (count > 0)
            LogOverdue(count);
        await store.SetOverdueUntilAsync(mark, cancellationToken);
    }

    /// <summary>By way of the dead-letter queue: the delivery is what makes sure that outcome and reply both come about.</summary>
    private Task SendToItsEndAsync(OverdueRun overdue, CancellationToken cancellationToken)
    {
        var run = RunOf(overdue);
        var message = new Delivery
        {
            Body = WireJson.ToBytes(run),
            MessageId = run.RequestId,
            Exchange = BrokerTopology.Work,
            RoutingKey = BrokerTopology.WorkKey(run.Route.Deployment, run.Lane),
        };
        return sender.SendDeadLetterAsync(
            message, FailureReason.Expired, $"The deadline {overdue.Deadline:O} passed and no worker had ended it; it last was {overdue.Claim.State}.", cancellationToken);
    }

    private static RunInference RunOf(OverdueRun overdue)
    {
        var claim = overdue.Claim;
        return new RunInference
        {
            Tenant = claim.Key.Tenant,
            RequestId = claim.Key.RequestId,
            Run = claim.Run,
            Lane = claim.Lane ?? Lane.Standard,
            Operation = overdue.Operation ?? RequestOperation.Chat,
            Route = new Route
            {
                Deployment = claim.Deployment ?? "",
                Model = overdue.Model ?? "",
                Tier = overdue.Tier,
                Task = overdue.Task,
                Policy = overdue.Policy,
                Reason = claim.Reason ?? "",
            },
            AcceptedAt = claim.AcceptedAt,
            Deadline = overdue.Deadline,
            ReplyTo = claim.ReplyTo,
            GroupId = claim.GroupId,
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Took {Count} requests off workers that are gone; what they had open is recorded as ambiguous")]
    private partial void LogLapsed(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} requests had no outcome after their deadline; they end as expired")]
    private partial void LogOverdue(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost requests cannot be looked for now; tried again")]
    private partial void LogNotNow(Exception exception);
}
