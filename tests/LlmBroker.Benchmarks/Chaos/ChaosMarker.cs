namespace LlmBroker.Benchmarks.Chaos;

/// <summary>Text in a prompt that makes VendorSim fail the call: always, or often enough that a retry may succeed.</summary>
/// <param name="Text">As it stands in the prompt.</param>
/// <param name="Fault">As it stands in VendorSim's models file.</param>
/// <param name="Weight">How often it is drawn, against the others.</param>
/// <param name="Provider">The only one that has this fault; null: all.</param>
internal sealed record ChaosMarker(string Text, object Fault, int Weight, string? Provider = null)
{
    /// <summary>The call takes long enough to be cancelled.</summary>
    public const string Slow = "[[slow]]";

    private const double Often = 0.6;

    public static readonly ChaosMarker[] All =
    [
        Sometimes("rate-limited", 4),
        new("[[wait a second]]", new { kind = "rate-limited", marker = "[[wait a second]]", probability = Often, retryAfterSeconds = 1 }, 4),
        new("[[wait long]]", new { kind = "rate-limited", marker = "[[wait long]]", probability = Often, retryAfterSeconds = 4 }, 2),
        Sometimes("server-error", 4),
        Sometimes("unavailable", 4),
        Sometimes("overloaded", 4) with { Provider = "anthropic" },
        Sometimes("reset", 4),
        new("[[early reset]]", new { kind = "reset", marker = "[[early reset]]", probability = Often, beforeGeneration = true }, 3),
        Sometimes("reset-after-headers", 2),
        Sometimes("cut-body", 4),
        Sometimes("malformed-json", 4),
        Sometimes("hang", 1),
        new(Slow, new { kind = "slow", marker = Slow, extraMs = 2500 }, 3),
        new("[[content-filter]]", new { kind = "content-filter", marker = "[[content-filter]]" }, 3),
        new("[[context-too-long]]", new { kind = "context-too-long", marker = "[[context-too-long]]" }, 3),
    ];

    public bool IsFor(ChaosModel model) => Provider is null || Provider == model.Provider;

    private static ChaosMarker Sometimes(string kind, int weight) => new($"[[{kind}]]", new { kind, marker = $"[[{kind}]]", probability = Often }, weight);
}
