using System.Collections.Concurrent;
using LlmBroker.Ledger;

namespace LlmBroker.Control;

/// <summary>What every process does at which deployment: its own counters, and what the others reported last. Thread safe.</summary>
internal sealed class FleetView(WorkerIdentity worker, TimeProvider time)
{
    /// <summary>A process that has not reported for so long is gone or idle.</summary>
    public static readonly TimeSpan ReportLife = TimeSpan.FromSeconds(5);

    private static readonly DeploymentLoad Idle = new(0, null);

    private readonly ConcurrentDictionary<string, LocalLoad> own = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, (ProcessLoad Load, DateTimeOffset At)> reports = new();
    private volatile FleetSnapshot current = FleetSnapshot.Empty;

    public FleetSnapshot Current => current;

    public LocalLoad Of(string deployment) => own.GetOrAdd(deployment, static (_, time) => new LocalLoad(time), time);

    /// <summary>What this process has to report; null: nothing goes on at any deployment.</summary>
    public ProcessLoad? Report()
    {
        var loads = own.Select(entry => (entry.Key, Load: entry.Value.Read())).Where(entry => entry.Load != Idle).ToDictionary(entry => entry.Key, entry => entry.Load);
        return loads.Count == 0 ? null : new ProcessLoad(worker.Id, loads);
    }

    public void Receive(ProcessLoad load)
    {
        if (!load.Deployments.Values.All(IsSane))
            return;

        reports[load.Process] = (load, time.GetUtcNow());
        Refresh();
    }

    /// <summary>Forgets reports that are too old.</summary>
    public void Refresh()
    {
        var oldest = time.GetUtcNow() - ReportLife;
        foreach (var (process, report) in reports)
        {
            if (report.At < oldest)
                reports.TryRemove(process, out _);
        }

        current = reports.IsEmpty ? FleetSnapshot.Empty : FleetSnapshot.Of(reports.Values.Select(report => report.Load));
    }

    /// <summary>What came over the bus must not break the arithmetic.</summary>
    private static bool IsSane(DeploymentLoad? load) => load is { InFlight: >= 0 and <= 1_000_000, LatencyMs: null or (>= 0 and <= 1e9) };
}
