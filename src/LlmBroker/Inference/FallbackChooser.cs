using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Control;
using LlmBroker.Routing;

namespace LlmBroker.Inference;

/// <summary>Which fallback of a route takes a request after a failure. Pure.</summary>
internal static class FallbackChooser
{
    /// <returns>The first that the failure leads to and that can be called, else the first that it leads to, else null.</returns>
    public static string? Next(RunInference run, string failure, ConfigurationSnapshot configuration, DeploymentHolds holds)
    {
        if (run.Route.Fallbacks.Count == 0)
            return null;

        var policy = run.Route.Policy is { } name ? configuration.Options.Policies.GetValueOrDefault(name) : null;
        var choice = new Choice(run.RequestId, run.Lane, TimeSpan.Zero, default, default);
        return run.Route.Fallbacks
            .Select(configuration.Catalog.FindDeployment)
            .OfType<Models.Deployment>()
            .Where(deployment => deployment.Name != run.Route.Deployment && LeadsTo(policy, deployment.Model, failure))
            .OrderBy(deployment => DeploymentChooser.Availability(deployment, choice, holds))
            .FirstOrDefault()?.Name;
    }

    /// <summary>Whether waiting for the deployment comes before the fallback.</summary>
    public static bool IsWaitedOut(string failure) => FailureClass.Default.Contains(failure);

    private static bool LeadsTo(PolicyOptions? policy, string model, string failure) =>
        (policy?.Fallbacks.FirstOrDefault(fallback => fallback.Model == model)?.On ?? FailureClass.Default).Contains(failure);
}
