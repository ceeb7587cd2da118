using LlmBroker.Ledger;

namespace LlmBroker.Control;

/// <summary>What a pipeline learns about its deployment and every process should know: holds, in both directions.</summary>
internal sealed class DeploymentSignals(DeploymentHolds holds, ControlOutbox outbox, WorkerIdentity worker)
{
    /// <summary>
    /// How much longer than the breaker's break others stay away: the process that opened it tries first, and says how that went.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    public DeploymentHolds Holds => holds;

    /// <summary>The vendor asked to wait: nobody calls before.</summary>
    public void VendorAskedToWait(string deployment, TimeSpan duration)
    {
        if (holds.Hold(deployment, HoldCause.Vendor, duration))
            Tell(deployment, HoldCause.Vendor, duration);
    }

    /// <summary>The breaker of this process opened; it knows by itself, the others stay away until it has tried again.</summary>
    public void BreakerOpened(string deployment, TimeSpan duration) => Tell(deployment, HoldCause.Breaker, duration + Grace);

    public void BreakerClosed(string deployment) => Tell(deployment, HoldCause.Breaker, TimeSpan.Zero);

    /// <summary>Another process said something.</summary>
    /// <returns>True when a breaker closed elsewhere, which the one here follows.</returns>
    public bool Receive(DeploymentHold hold)
    {
        if (hold.Process == worker.Id || hold.Cause == HoldCause.Unknown)
            return false;

        if (hold.Milliseconds > 0)
        {
            // The bound is in the hold; this one only keeps the arithmetic in range.
            holds.Hold(hold.Deployment, hold.Cause, TimeSpan.FromMilliseconds(Math.Min(hold.Milliseconds, int.MaxValue)));
            return false;
        }

        holds.Release(hold.Deployment, hold.Cause);
        return hold.Cause == HoldCause.Breaker;
    }

    private void Tell(string deployment, HoldCause cause, TimeSpan duration) =>
        outbox.Post(new ControlMessage { Hold = new DeploymentHold(worker.Id, deployment, cause, (long)duration.TotalMilliseconds) });
}
