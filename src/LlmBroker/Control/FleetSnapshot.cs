using System.Collections.Concurrent;

namespace LlmBroker.Control;

/// <summary>
/// What all processes together do, as of their last reports. Immutable but for the requests that were sent since, which it counts so that
/// a second's requests do not all go to the one deployment that was idle at its beginning.
/// </summary>
internal sealed class FleetSnapshot(IReadOnlyDictionary<string, DeploymentLoad> loads)
{
    public static readonly FleetSnapshot Empty = new(new Dictionary<string, DeploymentLoad>());

    private readonly ConcurrentDictionary<string, int> sent = new(StringComparer.Ordinal);

    public int InFlightOf(string deployment) =>
        (loads.TryGetValue(deployment, out var load) ? load.InFlight : 0) + sent.GetValueOrDefault(deployment);

    /// <summary>In milliseconds; null: nobody has called it lately.</summary>
    public double? LatencyOf(string deployment) => loads.TryGetValue(deployment, out var load) ? load.LatencyMs : null;

    public void CountSent(string deployment) => sent.AddOrUpdate(deployment, 1, static (_, count) => count + 1);

    /// <summary>Adds the processes up: calls in flight as a sum, latencies as a mean weighted by the calls in flight.</summary>
    public static FleetSnapshot Of(IEnumerable<ProcessLoad> processes)
    {
        var loads = processes
            .SelectMany(process => process.Deployments)
            .GroupBy(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => new DeploymentLoad(group.Sum(load => load.InFlight), Mean([.. group])), StringComparer.Ordinal);
        return new FleetSnapshot(loads);
    }

    private static double? Mean(IReadOnlyList<DeploymentLoad> loads)
    {
        var measured = loads.Where(load => load.LatencyMs is not null).ToArray();
        return measured.Length == 0 ? null : measured.Sum(load => load.LatencyMs!.Value * (load.InFlight + 1)) / measured.Sum(load => load.InFlight + 1);
    }
}
