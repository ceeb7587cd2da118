using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace LlmBroker.Control;

/// <summary>
/// Follows the file and the operators' overrides while the process runs: told by <c>llm.control</c>, and by itself. What comes of them is
/// validated as a whole; with faults the configuration in force goes on, and log and ledger say why.
/// </summary>
internal sealed partial class ConfigurationFollower(
    BrokerConfiguration start,
    LiveConfiguration live,
    ConfigurationStore store,
    ConfigurationSignal signal,
    DeploymentPipelines pipelines,
    WorkEndpoints endpoints,
    WorkerIdentity worker,
    BrokerRoles roles,
    TimeProvider time,
    ILogger<ConfigurationFollower> logger) : BackgroundService
{
    /// <summary>How often the file is looked at.</summary>
    private static readonly TimeSpan FileInterval = TimeSpan.FromSeconds(1);

    /// <summary>How often the ledger is asked when nobody says that something changed.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(10);

    private string text = start.Text;
    private (DateTime WrittenAt, long Length) stamp = StampOf(start.File);
    private OverrideSet overrides = OverrideSet.Empty;
    private DateTimeOffset polledAt;
    private IReadOnlyList<string> reportedFaults = [];
    private bool isReported;

    /// <summary>Something is known that is not in force yet.</summary>
    private bool isPending;

    /// <summary>Returns with the overrides in force: a paused deployment must not be called for a moment after each start.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        overrides = await LedgerPatience.WhenThereAsync(() => store.GetOverridesAsync(cancellationToken), time, cancellationToken);
        polledAt = time.GetUtcNow();
        await UseAsync(overrides.Overrides, setAside: true, cancellationToken);
        try
        {
            await ReportAsync(cancellationToken);
        }
        catch (LedgerUnavailableException exception)
        {
            // Reported with the next look.
            LogUnavailable(exception);
        }

        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await store.ForgetAsync(worker.Id, cancellationToken);
        }
        catch (LedgerUnavailableException exception)
        {
            LogUnavailable(exception);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var isTold = await signal.WaitAsync(FileInterval, stoppingToken);
                await FollowAsync(isTold, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in good order.
        }
    }

    private async Task FollowAsync(bool isTold, CancellationToken cancellationToken)
    {
        try
        {
            ReadFile();
            if (isTold || time.GetUtcNow() - polledAt >= Poll)
            {
                await ReadOverridesAsync(cancellationToken);
                endpoints.Follow();
            }

            if (isPending)
                await UseAsync(overrides.Overrides, setAside: false, cancellationToken);
            if (!isReported)
                await ReportAsync(cancellationToken);
        }
        catch (LedgerUnavailableException exception)
        {
            // The ledger's writer warns of the outage, once.
            LogUnavailable(exception);
        }
        catch (Exception exception) when (exception is RabbitMQClientException or IOException)
        {
            // Still pending, so tried again in a second; a deployment whose queues are not there must not be sent to.
            Refuse([$"the queues of a new deployment cannot be declared: {exception.Message}"]);
        }
    }

    private void ReadFile()
    {
        var now = StampOf(start.File);
        if (now == stamp)
            return;

        try
        {
            var read = start.ReadAgain();
            (stamp, isPending, text) = (now, isPending || read != text || reportedFaults.Count > 0, read);
        }
        catch (BrokerConfigurationException exception)
        {
            // It may be in the middle of being replaced, so it is looked at again; what is in force stays.
            stamp = default;
            Refuse(exception.Faults.Select(fault => fault.ToString()));
        }
    }

    private async Task ReadOverridesAsync(CancellationToken cancellationToken)
    {
        var revision = await store.GetRevisionAsync(cancellationToken);
        polledAt = time.GetUtcNow();
        if (revision == overrides.Revision)
            return;

        overrides = await store.GetOverridesAsync(cancellationToken);
        isPending = true;
    }

    /// <param name="changes">To be put over the file.</param>
    /// <param name="setAside">Leave out the overrides that have faults, where there is no configuration in force that could go on.</param>
    /// <param name="cancellationToken">Ends the change.</param>
    private async Task UseAsync(IReadOnlyList<ConfigurationOverride> changes, bool setAside, CancellationToken cancellationToken)
    {
        try
        {
            await ApplyAsync(start.With(changes, text), isStart: setAside, cancellationToken);
            (isPending, reportedFaults, isReported) = (false, [], false);
        }
        catch (BrokerConfigurationException exception)
        {
            isPending = false;
            Refuse(exception.Faults.Select(fault => fault.ToString()));
            if (setAside && changes.Count > 0)
                await ApplyAsync(start.With(Sound(changes, exception.Faults), text), isStart: true, cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            isPending = false;
            Refuse(exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
    }

    /// <summary>The overrides that no fault is about; none when there are still faults with them.</summary>
    private ConfigurationOverride[] Sound(IReadOnlyList<ConfigurationOverride> changes, IReadOnlyList<ConfigurationFinding> faults)
    {
        var sound = changes.Where(change => !faults.Any(fault =>
            ConfigurationPath.IsAtOrBelow(fault.Path, change.Path) || ConfigurationPath.IsAtOrBelow(change.Path, fault.Path)
            || EntryOf(fault.Path) == EntryOf(change.Path))).ToArray();
        try
        {
            start.With(sound, text);
            return sound;
        }
        catch (BrokerConfigurationException)
        {
            return [];
        }
    }

    /// <summary><c>models.a</c> of <c>models.a.price.input</c>: a member that is missing is a fault of the entry's other members too.</summary>
    private static string EntryOf(string path) => (ConfigurationPath.Parse(path) ?? []).Take(2).Aggregate("", (parent, part) => ConfigurationPath.Of(parent, part.Name));

    private async Task ApplyAsync(BrokerConfiguration next, bool isStart, CancellationToken cancellationToken)
    {
        var running = live.Options;
        // Where RabbitMQ and the ledger are, and what is kept there, does not change under a running process.
        var options = next.Options with { RabbitMq = running.RabbitMq, Ledger = running.Ledger, Tenants = running.Tenants, Telemetry = running.Telemetry };
        if (!IsSame(next.Options, options))
            LogAtNextStart();
        var snapshot = new ConfigurationSnapshot(options, overrides.Revision);
        var removed = live.Catalog.Deployments.Where(deployment => snapshot.Catalog.FindDeployment(deployment.Name) is null).ToArray();
        var added = snapshot.Catalog.Deployments.Where(deployment => live.Catalog.FindDeployment(deployment.Name) is null).Select(deployment => deployment.Name).ToArray();

        var prepared = pipelines.Prepare(next, snapshot);
        try
        {
            // The bus declares what is configured when it starts.
            if (!isStart)
                await endpoints.DeclareAsync(added, cancellationToken);
        }
        catch
        {
            pipelines.Discard(prepared);
            throw;
        }

        pipelines.Commit(prepared);
        live.Swap(snapshot);
        endpoints.Follow();
        foreach (var deployment in removed)
            LogRemoved(deployment.Name);
        if (snapshot.Revision > 0 || text != start.Text)
            LogInForce(snapshot.Revision, start.Source);
    }

    private static bool IsSame<T>(T a, T b) =>
        JsonSerializer.Serialize(a, ConfigurationJson.Options) == JsonSerializer.Serialize(b, ConfigurationJson.Options);

    private void Refuse(IEnumerable<string> faults)
    {
        var all = faults.ToArray();
        if (reportedFaults.SequenceEqual(all))
            return;

        (reportedFaults, isReported) = (all, false);
        LogRefused(start.Source, overrides.Revision, string.Join("; ", all));
    }

    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var state = new ProcessConfiguration(
            worker.Id,
            worker.Host,
            roles.ToString().ToLowerInvariant(),
            start.Source,
            live.Current.Revision,
            reportedFaults.Count > 0 ? overrides.Revision : null,
            reportedFaults,
            time.GetUtcNow());
        await store.ReportAsync(state, cancellationToken);
        isReported = true;
    }

    /// <summary>Follows links, since Kubernetes replaces a mounted file by changing one.</summary>
    private static (DateTime WrittenAt, long Length) StampOf(string? path)
    {
        if (path is null)
            return default;

        var file = new FileInfo(path);
        var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return target.Exists ? (target.LastWriteTimeUtc, target.Length) : default;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Revision {Revision} of the configuration is in force, over {Source}")]
    private partial void LogInForce(long revision, string source);

    [LoggerMessage(Level = LogLevel.Error, Message = "The configuration ({Source}, revision {Revision}) has faults and is not followed; the one in force goes on: {Faults}")]
    private partial void LogRefused(string source, long revision, string faults);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deployment {Deployment} is no longer configured; what is in its queues goes to fallbacks")]
    private partial void LogRemoved(string deployment);

    [LoggerMessage(Level = LogLevel.Warning, Message = "rabbitMq, ledger, tenants or telemetry changed in the file; they are read at the next start")]
    private partial void LogAtNextStart();

    [LoggerMessage(Level = LogLevel.Debug, Message = "The configuration's overrides cannot be read; the last known ones stay")]
    private partial void LogUnavailable(Exception exception);
}
