namespace LlmBroker.Simulation.CallLog;

/// <summary>Counts per model and status. Not thread-safe: <see cref="RecentCalls"/> locks.</summary>
internal sealed class CallStats
{
    // Callers choose what model they ask for; without a cap a wrong one could fill the memory.
    private const int MaxModels = 1_000;
    private const string Others = "(others)";

    private readonly SortedDictionary<string, ModelCounts> _models = [];

    public void Count(VendorCall call)
    {
        var model = call.Model ?? "(unreadable)";
        if (!_models.TryGetValue(model, out var counts))
        {
            if (_models.Count >= MaxModels)
                model = Others;
            if (!_models.TryGetValue(model, out counts))
                _models[model] = counts = new ModelCounts();
        }

        counts.Calls++;
        counts.Billed += call.Billed ? 1 : 0;
        counts.InputTokens += call.Billed ? call.InputTokens : 0;
        counts.OutputTokens += call.Billed ? call.OutputTokens : 0;
        Increment(counts.ByStatus, call.Status?.ToString() ?? "none");
        if (call.Fault is not null)
            Increment(counts.ByFault, call.Fault);
    }

    public Snapshot Take(string? modelsFileFault) => new(
        _models.Values.Sum(counts => counts.Calls),
        modelsFileFault,
        _models.ToDictionary(pair => pair.Key, pair => pair.Value.Copy()));

    private static void Increment(SortedDictionary<string, long> counts, string key) => counts[key] = counts.GetValueOrDefault(key) + 1;

    /// <param name="ModelsFileFault">Why the models file as it is now is not in force; null when it is.</param>
    internal sealed record Snapshot(long Calls, string? ModelsFileFault, Dictionary<string, ModelCounts> Models);

    internal sealed class ModelCounts
    {
        public long Calls { get; set; }

        public long Billed { get; set; }

        /// <summary>Of billed calls.</summary>
        public long InputTokens { get; set; }

        /// <summary>Of billed calls.</summary>
        public long OutputTokens { get; set; }

        public SortedDictionary<string, long> ByStatus { get; init; } = [];

        public SortedDictionary<string, long> ByFault { get; init; } = [];

        public ModelCounts Copy() => new()
        {
            Calls = Calls,
            Billed = Billed,
            InputTokens = InputTokens,
            OutputTokens = OutputTokens,
            ByStatus = new SortedDictionary<string, long>(ByStatus),
            ByFault = new SortedDictionary<string, long>(ByFault),
        };
    }
}
