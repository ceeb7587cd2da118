using LlmBroker.Configuration;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>The pipelines of this process, one per deployment.</summary>
internal sealed class DeploymentPipelines : IAsyncDisposable
{
    private readonly Dictionary<string, DeploymentPipeline> pipelines;

    public DeploymentPipelines(
        BrokerOptions options, ModelCatalog catalog, ProviderAccounts accounts, LedgerWriter ledger, WorkerIdentity worker, TimeProvider time) =>
        pipelines = catalog.Deployments.ToDictionary(
            deployment => deployment.Name,
            deployment => new DeploymentPipeline(deployment, accounts[deployment.Provider], ledger, worker, options.Limits, time),
            StringComparer.Ordinal);

    public DeploymentPipeline? Find(string deployment) => pipelines.GetValueOrDefault(deployment);

    public async ValueTask DisposeAsync()
    {
        foreach (var pipeline in pipelines.Values)
            await pipeline.DisposeAsync();
    }
}
