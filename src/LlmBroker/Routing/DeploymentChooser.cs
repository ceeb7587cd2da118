using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Models;

namespace LlmBroker.Routing;

/// <summary>Ranks the deployments of one model for one request, the best first: the others are its fallbacks. Pure.</summary>
internal static class DeploymentChooser
{
    /// <summary>Part of the requests that goes by weight under <c>lowest-latency</c>: who is never called is never measured.</summary>
    public const double ExploredShare = 0.05;

    private const int Open = 0;

    /// <param name="deployments">In the order of the configuration.</param>
    /// <param name="strategy">One of <see cref="DeploymentStrategy"/>.</param>
    /// <param name="choice">The request.</param>
    /// <param name="fleet">What all processes do.</param>
    /// <param name="holds">Who must not be called now.</param>
    public static IReadOnlyList<Deployment> Rank(
        IReadOnlyList<Deployment> deployments, string strategy, in Choice choice, FleetSnapshot fleet, DeploymentHolds holds)
    {
        if (deployments.Count < 2)
            return deployments;

        var ranked = new Candidate[deployments.Count];
        for (var i = 0; i < ranked.Length; i++)
        {
            var deployment = deployments[i];
            ranked[i] = new Candidate(
                deployment, Availability(deployment, choice, holds), Group(deployment, strategy, choice), Score(deployment, strategy, choice, fleet), i);
        }

        Array.Sort(ranked, static (a, b) => a.CompareTo(b));
        return Array.ConvertAll(ranked, static candidate => candidate.Deployment);
    }

    /// <summary>True when the request is one of those that the canary takes.</summary>
    public static bool IsCanary(Deployment deployment, string requestId) =>
        deployment.Options.CanaryShare is { } share && StableShare.Of(deployment.Name, requestId) < share;

    /// <summary>Whether a deployment can be called: open, held beyond the request's patience, paused, draining.</summary>
    public static int Availability(Deployment deployment, in Choice choice, DeploymentHolds holds) => deployment.Options.Lanes.Of(choice.Lane) switch
    {
        LaneState.Draining => 3,
        LaneState.Paused => 2,
        _ => holds.RemainingOf(deployment.Name) > choice.Patience ? 1 : Open,
    };

    /// <summary>What else than the strategy decided where a deployment stands; null: nothing.</summary>
    public static string? NoteOn(Deployment deployment, in Choice choice, DeploymentHolds holds) => Availability(deployment, choice, holds) switch
    {
        3 => "draining",
        2 => "paused",
        1 => "held",
        _ when deployment.Options.CanaryShare is null => null,
        _ => IsCanary(deployment, choice.RequestId) ? "canary" : "canary for others",
    };

    private static int Group(Deployment deployment, string strategy, in Choice choice) => deployment.Options switch
    {
        { CanaryShare: not null } => IsCanary(deployment, choice.RequestId) ? 0 : 3,
        { Weight: 0 } when strategy == DeploymentStrategy.Weighted => 2,
        _ => 1,
    };

    /// <summary>The lower the better.</summary>
    private static double Score(Deployment deployment, string strategy, in Choice choice, FleetSnapshot fleet) => strategy switch
    {
        DeploymentStrategy.Weighted => Lot(deployment, choice.RequestId),
        DeploymentStrategy.LeastInFlight => fleet.InFlightOf(deployment.Name),
        DeploymentStrategy.LowestCost =>
            (double?)deployment.PriceAt(choice.Now)?.Estimate(choice.Prompt.Tokens, choice.Prompt.OutputLimit(deployment.MaxOutputTokens)) ?? double.PositiveInfinity,
        DeploymentStrategy.LowestLatency => StableShare.Of("explore", choice.RequestId) < ExploredShare
            ? Lot(deployment, choice.RequestId)
            : fleet.LatencyOf(deployment.Name) ?? double.PositiveInfinity,
        _ => 0,
    };

    /// <summary>
    /// Weighted rendezvous hashing: of exponential lots with the weights as their rates, the least is each one's with the probability of its
    /// share. A change of one weight moves no request between the others.
    /// </summary>
    private static double Lot(Deployment deployment, string requestId) =>
        deployment.Options.Weight > 0 ? -Math.Log(1 - StableShare.Of(deployment.Name, requestId)) / deployment.Options.Weight : double.PositiveInfinity;

    private readonly record struct Candidate(Deployment Deployment, int Availability, int Group, double Score, int Index) : IComparable<Candidate>
    {
        public int CompareTo(Candidate other)
        {
            var order = Availability.CompareTo(other.Availability);
            if (order == 0)
                order = Group.CompareTo(other.Group);
            if (order == 0)
                order = Score.CompareTo(other.Score);
            return order == 0 ? Index.CompareTo(other.Index) : order;
        }
    }
}
