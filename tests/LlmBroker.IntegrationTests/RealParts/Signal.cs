namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>Signals to processes, which the class library cannot send but for KILL.</summary>
internal static class Signal
{
    /// <param name="name">Such as TERM.</param>
    /// <param name="processes">One that has ended is passed over. Positive: 0 and below would mean whole groups, ours among them.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static Task SendAsync(string name, IReadOnlyCollection<int> processes, CancellationToken cancellationToken)
    {
        foreach (var process in processes)
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(process, nameof(processes));

        return Shell.RunAsync(
            ["sh", "-c", "name=$1; shift; for id; do kill -s \"$name\" \"$id\" 2>/dev/null || true; done", "sh", name, .. processes.Select(id => $"{id}")],
            cancellationToken);
    }
}
