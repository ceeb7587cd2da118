using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>
/// The pipelines of this process, one per deployment. They follow the configuration: what did not change keeps its breaker, its slots and
/// its connections, and a call that runs ends on what it began with.
/// </summary>
internal sealed class DeploymentPipelines : IAsyncDisposable
{
    private readonly ProviderAccountSource source;
    private readonly LedgerWriter ledger;
    private readonly WorkerIdentity worker;
    private readonly DeploymentSignals signals;
    private readonly FleetView fleet;
    private readonly TimeProvider time;

    /// <summary>Accounts that were replaced; a call may still run on them for as long as a delivery is held.</summary>
    private readonly List<(ProviderAccounts Accounts, DateTimeOffset At)> retired = [];

    private volatile Prepared current;

    public DeploymentPipelines(
        BrokerConfiguration configuration,
        LiveConfiguration live,
        ProviderAccountSource source,
        LedgerWriter ledger,
        WorkerIdentity worker,
        DeploymentSignals signals,
        FleetView fleet,
        TimeProvider time)
    {
        this.source = source;
        this.ledger = ledger;
        this.worker = worker;
        this.signals = signals;
        this.fleet = fleet;
        this.time = time;
        current = Make(configuration, live.Current, previous: null);
    }

    public DeploymentPipeline? Find(string deployment) => current.Pipelines.GetValueOrDefault(deployment);

    /// <summary>Makes what a configuration needs and changes nothing yet.</summary>
    /// <exception cref="InvalidOperationException">Accounts that cannot be made, all of them in one message.</exception>
    public Prepared Prepare(BrokerConfiguration configuration, ConfigurationSnapshot snapshot) => Make(configuration, snapshot, current);

    /// <summary>Puts what was prepared in force.</summary>
    public void Commit(Prepared next)
    {
        var now = time.GetUtcNow();
        foreach (var (name, pipeline) in next.Pipelines)
            pipeline.Follow(next.Snapshot.Catalog.FindDeployment(name)!, next.Snapshot.Options.Limits);
        retired.Add((current.Accounts, now));
        current = next;

        // A replaced pipeline is left to its last callers: its limiters hold nothing but memory.
        DisposeOf(retired.Where(old => now - old.At > WaitStep.All[^1].Delay).ToArray());
    }

    /// <summary>Gives up what was prepared and will not be put in force.</summary>
    public void Discard(Prepared prepared) => prepared.Accounts.DisposeBut(current.Accounts);

    public async ValueTask DisposeAsync()
    {
        foreach (var pipeline in current.Pipelines.Values)
            await pipeline.DisposeAsync();
        DisposeOf(retired.ToArray());
        current.Accounts.Dispose();
    }

    /// <summary>A provider may be in several sets, and goes with the last of them.</summary>
    private void DisposeOf((ProviderAccounts Accounts, DateTimeOffset At)[] gone)
    {
        foreach (var old in gone)
        {
            retired.Remove(old);
            old.Accounts.DisposeBut([current.Accounts, .. retired.Select(later => later.Accounts)]);
        }
    }

    private Prepared Make(BrokerConfiguration configuration, ConfigurationSnapshot snapshot, Prepared? previous)
    {
        var accounts = source.Create(configuration, previous?.Accounts);
        var pipelines = snapshot.Catalog.Deployments.ToDictionary(
            deployment => deployment.Name,
            deployment => previous?.Pipelines.GetValueOrDefault(deployment.Name) is { } known && known.Fits(deployment, accounts[deployment.Provider])
                ? known
                : new DeploymentPipeline(
                    deployment, accounts[deployment.Provider], ledger, worker, snapshot.Options.Limits, signals, fleet.Of(deployment.Name), time),
            StringComparer.Ordinal);
        return new Prepared(snapshot, accounts, pipelines);
    }

    internal sealed record Prepared(ConfigurationSnapshot Snapshot, ProviderAccounts Accounts, Dictionary<string, DeploymentPipeline> Pipelines);
}
