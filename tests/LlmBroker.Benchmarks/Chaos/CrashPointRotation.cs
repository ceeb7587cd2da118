namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Arms one crash point at a time, the one that was hit least; and counts the hits. Used by one process.</summary>
/// <param name="seed">Of the run.</param>
/// <param name="points">Which, and at about how many passes.</param>
internal sealed class CrashPointRotation(int seed, IReadOnlyDictionary<string, int> points)
{
    /// <summary>Exit code of a process that SIGKILL ended.</summary>
    private const int Killed = 137;

    private readonly Random random = new(seed);
    private readonly Dictionary<string, int> hits = points.Keys.ToDictionary(point => point, _ => 0);
    private string? armed;

    public IReadOnlyDictionary<string, int> Hits => hits;

    /// <summary>Stops arming: the run is coming to its end.</summary>
    public bool IsOver { get; set; }

    /// <summary>What the next process gets.</summary>
    public IEnumerable<KeyValuePair<string, string>> Arm()
    {
        if (IsOver)
        {
            armed = null;
            return [];
        }

        var least = hits.Values.Min();
        var open = hits.Where(hit => hit.Value == least).Select(hit => hit.Key).ToArray();
        armed = open[random.Next(open.Length)];
        var passes = points[armed];
        return [new(CrashPoint.Variable, $"{armed}:{random.Next(Math.Max(1, passes / 2), passes * 2)}")];
    }

    /// <returns>Whether that end was the crash point's doing.</returns>
    public bool Explains(int exitCode)
    {
        if (exitCode != Killed || armed is null)
            return false;
        hits[armed]++;
        return true;
    }
}
