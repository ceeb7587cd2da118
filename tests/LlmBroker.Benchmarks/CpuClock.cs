using System.Globalization;

namespace LlmBroker.Benchmarks;

/// <summary>CPU time of processes as Linux counts it, in milliseconds; and their memory.</summary>
internal static class CpuClock
{
    /// <summary>Linux reports in ticks of 10 ms on every architecture that .NET runs on.</summary>
    private const int MillisecondsPerTick = 10;

    public static long Of(int process) => Read(process) is { } stat ? stat.Own : 0;

    /// <summary>A process, its children that live and those that it has waited for.</summary>
    public static long OfTree(int process)
    {
        var all = Everything();
        return all.TryGetValue(process, out var root)
            ? root.Own + root.Waited + all.Where(entry => entry.Value.Parent == process).Sum(entry => OfTree(entry.Key))
            : 0;
    }

    /// <summary>Processes whose command line holds all of these words.</summary>
    public static IReadOnlySet<int> Find(params string[] words) => Everything().Keys
        .Where(process => CommandLine(process) is { } line && words.All(word => line.Contains(word, StringComparison.Ordinal)))
        .ToHashSet();

    /// <summary>The environment that a process was started with; empty when it has ended or is not ours.</summary>
    public static string Environment(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/environ");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>All processes that run.</summary>
    public static IReadOnlyCollection<int> Everyone => Everything().Keys;

    public static int ParentOf(int process) => Read(process)?.Parent ?? 0;

    /// <summary>Memory that belongs to the process alone: heaps and stacks, without the pages of files that it maps.</summary>
    public static double AnonymousMiB(int process) =>
        File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Anonymous:", StringComparison.Ordinal)) is var line
            ? double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024
            : 0;

    /// <summary>All memory that is in RAM, shared pages included.</summary>
    public static double ResidentMiB(int process) =>
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)) is var line
            ? double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024
            : 0;

    private static Dictionary<int, Stat> Everything() => Directory.GetDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), out var process) ? process : 0)
        .Where(process => process > 0)
        .Select(process => (process, Stat: Read(process)))
        .Where(entry => entry.Stat is not null)
        .ToDictionary(entry => entry.process, entry => entry.Stat!);

    private static Stat? Read(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            long Ticks(int field) => long.Parse(fields[field], CultureInfo.InvariantCulture) * MillisecondsPerTick;
            return new Stat(int.Parse(fields[1], CultureInfo.InvariantCulture), Ticks(11) + Ticks(12), Ticks(13) + Ticks(14));
        }
        catch (IOException)
        {
            // It ended while we looked.
            return null;
        }
    }

    private static string? CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed record Stat(int Parent, long Own, long Waited);
}
