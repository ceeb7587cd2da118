using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Routing;

namespace LlmBroker.Inference;

/// <summary>How a run goes on to the large model when the cheap one's answer was rejected. Pure.</summary>
internal static class Escalation
{
    /// <summary>Where to, or why not: then the rejected answer is better than none.</summary>
    /// <param name="progress">The run with what was spent.</param>
    /// <param name="configuration">In force.</param>
    /// <param name="holds">Who must not be called now.</param>
    /// <param name="estimate">Most that a call of a deployment may cost in USD; null when its price is unknown.</param>
    /// <param name="now">The time.</param>
    public static (Deployment? Next, string? WhyNot) Plan(
        RequestProgress progress, ConfigurationSnapshot configuration, DeploymentHolds holds, Func<Deployment, decimal?> estimate, DateTimeOffset now)
    {
        var run = progress.Run;
        if (now >= run.Deadline)
            return (null, "the deadline has passed");
        if (progress.RunAttempts >= configuration.Options.Limits.MaxAttempts)
            return (null, "no attempt is left for the large model");

        var targets = run.Route.EscalateTo.Select(configuration.Catalog.FindDeployment).OfType<Deployment>().ToList();
        if (targets.Count == 0)
            return (null, "the large model is no longer configured");
        targets.RemoveAll(target => now + holds.RemainingOf(target.Name) >= run.Deadline);
        if (targets.Count == 0)
            return (null, "the large model is away until the deadline");
        if (run.MaxCostUsd is { } cap)
            targets.RemoveAll(target => estimate(target) is not { } cost || progress.Spending.KnownUsd + cost > cap);
        if (targets.Count == 0)
            return (null, "the large model may cost more than 'maxCostUsd' leaves");

        var choice = new Choice(run.RequestId, run.Lane, TimeSpan.Zero, default, default);
        return (targets.OrderBy(target => DeploymentChooser.Availability(target, choice, holds)).First(), null);
    }

    /// <summary>Stands in the claim until the large model is called, for whoever gets the old message again.</summary>
    public static string ReasonOf(RunInference run, string why) => $"escalated from {run.Route.Deployment}: {why}";

    /// <summary>The run on its way to a deployment of the large model, whose answer is not checked.</summary>
    public static RunInference Redirect(RunInference run, Deployment target, string why) => To(run, target.Name, target, ReasonOf(run, why));

    /// <summary>The same for a message of before, by what the claim says.</summary>
    public static RunInference GoOn(RunInference run, StartResult moved, ModelCatalog catalog) =>
        To(run, moved.MovedTo!, catalog.FindDeployment(moved.MovedTo!), moved.MovedBecause ?? $"escalated from {run.Route.Deployment}");

    private static RunInference To(RunInference run, string deployment, Deployment? target, string reason) => run with
    {
        Laps = 0,
        Route = run.Route with
        {
            Deployment = deployment,
            Model = target?.Model ?? run.Route.LargeModel ?? run.Route.Model,
            Tier = target?.Tier ?? "large",
            Fallbacks = [.. run.Route.EscalateTo.Where(other => other != deployment)],
            EscalateTo = [],
            Reason = $"{run.Route.Reason}; {reason}",
        },
    };
}
