namespace LlmBroker.Benchmarks.Chaos;

/// <summary>A model of the run: as the broker is configured with it, as VendorSim plays it, and as its calls are priced again afterwards.</summary>
/// <param name="Name">Also that of its deployment.</param>
/// <param name="Provider"><c>openai</c> or <c>anthropic</c>.</param>
/// <param name="Tier"><c>cheap</c> or <c>large</c>.</param>
/// <param name="Input">USD per million tokens, like the next two.</param>
/// <param name="Output">Generated, reasoning included.</param>
/// <param name="CacheRead">Read from the vendor's cache.</param>
internal sealed record ChaosModel(string Name, string Provider, string Tier, decimal Input, decimal Output, decimal CacheRead)
{
    public static readonly ChaosModel[] All =
    [
        new("gpt-mini", "openai", "cheap", 0.15m, 0.6m, 0.075m),
        new("gpt-large", "openai", "large", 2.5m, 10m, 1.25m),
        new("claude-small", "anthropic", "cheap", 0.8m, 4m, 0.08m),
        new("claude-large", "anthropic", "large", 3m, 15m, 0.3m),
    ];

    public static ChaosModel Named(string name) => All.Single(model => model.Name == name);

    /// <param name="inputTokens">Those of the cache included.</param>
    /// <param name="cachedTokens">Read from the cache.</param>
    /// <param name="outputTokens">Reasoning included.</param>
    public decimal CostOf(int inputTokens, int cachedTokens, int outputTokens) =>
        ((inputTokens - cachedTokens) * Input + cachedTokens * CacheRead + outputTokens * Output) / 1_000_000m;
}
