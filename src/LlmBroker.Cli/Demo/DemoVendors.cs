using LlmBroker.Simulation.Models;

namespace LlmBroker.Cli.Demo;

/// <summary>The simulated vendors of the demo: a cheap model, a large one, and one whose account has run into trouble.</summary>
internal static class DemoVendors
{
    public const string Cheap = "sim-gpt-mini";
    public const string Large = "sim-claude-sonnet";
    public const string Legacy = "sim-legacy";

    /// <summary>The key that every account sends.</summary>
    public const string ApiKey = "demo-key";

    private static readonly SimulatedModel CheapModel = new()
    {
        Name = Cheap,
        Vendor = Vendor.OpenAi,
        ApiKeys = [ApiKey],
        Latency = new() { Kind = LatencyKind.Lognormal, MedianMs = 90, P95Ms = 220, MsPerOutputToken = 0.4 },
        Tokens = new() { OutputPerInputToken = 0.9, MinOutput = 16, MaxOutput = 500 },
        // A vendor has bad moments; the broker's retries absorb them.
        Faults =
        [
            new() { Kind = FaultKind.RateLimited, Every = 25, RetryAfterSeconds = 0.5 },
            new() { Kind = FaultKind.ServerError, Every = 41 },
        ],
    };

    private static readonly SimulatedModel LargeModel = new()
    {
        Name = Large,
        Vendor = Vendor.Anthropic,
        ApiKeys = [ApiKey],
        ContextWindow = 200_000,
        Latency = new() { Kind = LatencyKind.Lognormal, MedianMs = 260, P95Ms = 600, MsPerOutputToken = 0.6 },
        Tokens = new() { OutputPerInputToken = 2.0, MinOutput = 60, MaxOutput = 900 },
        Faults = [new() { Kind = FaultKind.Overloaded, Every = 30 }],
    };

    /// <summary>Its account accepts another key than the one that the broker has, until <see cref="Repaired"/>.</summary>
    private static readonly SimulatedModel LegacyModel = new()
    {
        Name = Legacy,
        Vendor = Vendor.OpenAi,
        ApiKeys = ["rotated-key"],
        Latency = new() { Kind = LatencyKind.Fixed, Ms = 80 },
    };

    public static IReadOnlyList<SimulatedModel> All => [CheapModel, LargeModel, LegacyModel];

    /// <summary>What the vendor's support would do: the key is valid again.</summary>
    public static SimulatedModel Repaired => LegacyModel with { ApiKeys = [ApiKey] };
}
