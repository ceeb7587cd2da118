using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Messaging;

namespace LlmBroker.Inference;

/// <summary>Where a request goes when its deployment cannot serve it now. Pure.</summary>
internal abstract record NextStep
{
    /// <summary>Back to the same deployment by way of a wait queue.</summary>
    public sealed record Wait(WaitStep Step) : NextStep;

    /// <summary>To the next deployment of the route.</summary>
    public sealed record FallBack(string Deployment) : NextStep;

    /// <summary>Nothing left to try.</summary>
    public sealed record GiveUp : NextStep;

    /// <param name="run">The request.</param>
    /// <param name="fallback">The deployment that its failure leads to; null: none.</param>
    /// <param name="lane">Settings of its lane.</param>
    /// <param name="retryAfter">How long the vendor, or our breaker, asks to wait.</param>
    /// <param name="now">The time.</param>
    public static NextStep Decide(RunInference run, string? fallback, LaneOptions lane, TimeSpan? retryAfter, DateTimeOffset now)
    {
        var step = WaitStep.AtLeast(Max(retryAfter ?? TimeSpan.Zero, Backoff(run.Laps)));
        var back = now + Max(step.Delay, retryAfter ?? TimeSpan.Zero);

        // Patience only matters where there is something to be impatient for.
        var until = fallback is not null ? Min(run.Deadline, run.AcceptedAt + lane.Patience) : run.Deadline;
        if (back < until)
            return new Wait(step);

        return fallback is not null ? new FallBack(fallback) : new GiveUp();
    }

    /// <summary>5 s, 10 s, 20 s … for each time that the request has waited.</summary>
    private static TimeSpan Backoff(int laps) => WaitStep.All[0].Delay * Math.Pow(2, Math.Min(laps, 10));

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
