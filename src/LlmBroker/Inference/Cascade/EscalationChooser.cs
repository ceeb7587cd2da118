using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Models;
using LlmBroker.Routing;

namespace LlmBroker.Inference.Cascade;

/// <summary>Whether and where a request can go on whose cheap answer did not pass. Pure.</summary>
internal static class EscalationChooser
{
    /// <param name="run">With its route.</param>
    /// <param name="spending">Of the request so far.</param>
    /// <param name="configuration">In force.</param>
    /// <param name="holds">Who must not be called now.</param>
    /// <param name="now">The time.</param>
    /// <returns>Who takes it, or why nobody can: then the answer that there is, is better than none.</returns>
    public static (Deployment? Next, string? WhyNot) Next(
        RunInference run, Spending spending, ConfigurationSnapshot configuration, DeploymentHolds holds, DateTimeOffset now)
    {
        if (now >= run.Deadline)
            return (null, "the deadline has passed");
        if (run.Run == 1 && spending.Attempts >= configuration.Options.Limits.MaxAttempts)
            return (null, "no attempt is left");

        var choice = new Choice(run.RequestId, run.Lane, configuration.Options.Lanes.Of(run.Lane).Patience, default, now);
        var next = run.Route.EscalateTo
            .Select(configuration.Catalog.FindDeployment)
            .OfType<Deployment>()
            .OrderBy(deployment => DeploymentChooser.Availability(deployment, choice, holds))
            .FirstOrDefault();
        if (next is null)
            return (null, "its deployments are no longer configured");
        if (run.MaxCostUsd is not { } cap)
            return (next, null);

        var prompt = Prompt.Read(run.Body.GetValueOrDefault(), run.Operation);
        return next.PriceAt(now)?.Estimate(prompt.Tokens, prompt.OutputLimit(next.MaxOutputTokens)) is { } estimate && spending.KnownUsd + estimate <= cap
            ? (next, null)
            : (null, $"'maxCostUsd' {cap} does not allow it");
    }
}
