using LlmBroker.Configuration;
using LlmBroker.Providers;

namespace LlmBroker.Models;

/// <summary>The configured models and deployments, looked up by name.</summary>
internal sealed class ModelCatalog
{
    private readonly Dictionary<string, Deployment> deployments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Deployment>> byModel = new(StringComparer.Ordinal);

    /// <param name="options">Validated options.</param>
    public ModelCatalog(BrokerOptions options)
    {
        foreach (var (name, deployment) in options.Deployments)
        {
            var model = options.Models[deployment.Model];
            Add(new Deployment
            {
                Name = name,
                Provider = deployment.Provider,
                Model = deployment.Model,
                VendorModel = deployment.VendorModel ?? deployment.Model,
                Tier = model.Tier,
                MaxOutputTokens = model.MaxOutputTokens,
                ContextWindow = model.ContextWindow,
                Capabilities = deployment.Capabilities.Apply(model.Capabilities.Apply(
                    VendorTypes.CapabilitiesOf(options.Providers.GetValueOrDefault(deployment.Provider)?.Type, deployment.Api))),
                Prices = DeploymentPrices.Find(deployment, model, options.Providers[deployment.Provider], PriceCatalog.BuiltIn),
                Options = deployment,
            });
        }
    }

    /// <summary>All deployments in the order of the configuration.</summary>
    public IReadOnlyCollection<Deployment> Deployments => deployments.Values;

    public Deployment? FindDeployment(string name) => deployments.GetValueOrDefault(name);

    /// <summary>The deployments of a model in order of preference; empty when the model is unknown or nobody serves it.</summary>
    public IReadOnlyList<Deployment> DeploymentsOf(string model) => byModel.TryGetValue(model, out var list) ? list : [];

    private void Add(Deployment deployment)
    {
        deployments.Add(deployment.Name, deployment);
        if (!byModel.TryGetValue(deployment.Model, out var list))
            byModel.Add(deployment.Model, list = []);
        list.Add(deployment);
    }
}
