namespace LlmBroker.Simulation.CallLog;

/// <summary>The latest calls and counts of all, for <c>/sim/calls</c> and <c>/sim/stats</c>.</summary>
internal sealed class RecentCalls
{
    private const int Capacity = 10_000;

    private readonly Lock _gate = new();
    private readonly Queue<VendorCall> _calls = new();
    private readonly CallStats _stats = new();

    public void Add(VendorCall call)
    {
        lock (_gate)
        {
            _stats.Count(call);
            _calls.Enqueue(call);
            if (_calls.Count > Capacity)
                _calls.Dequeue();
        }
    }

    public IReadOnlyList<VendorCall> Since(long sequence)
    {
        lock (_gate)
            return [.. _calls.SkipWhile(call => call.Sequence <= sequence)];
    }

    public CallStats.Snapshot Stats(string? modelsFileFault)
    {
        lock (_gate)
            return _stats.Take(modelsFileFault);
    }
}
