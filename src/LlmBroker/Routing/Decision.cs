using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Routing;

/// <summary>On what a route was decided, for the ledger and for whoever asks why.</summary>
internal sealed record Decision
{
    public required int PromptTokens { get; init; }

    public string? Task { get; init; }

    /// <summary>The classifier's, 0 to 1; null when the producer said the task.</summary>
    public double? Confidence { get; init; }

    /// <summary>Expected gain of the large model, 0 to 1.</summary>
    public double? Gain { get; init; }

    /// <summary>The gain from which on the large model would have been taken; null when that did not decide.</summary>
    public double? Threshold { get; init; }

    /// <summary>Languages of a translation, such as <c>en-zh</c>.</summary>
    public string? Pair { get; init; }

    /// <summary>What a deployment must be able to do, in the words of the configuration.</summary>
    public string? Needs { get; init; }

    public string? Policy { get; init; }

    /// <summary>The rule of the policy that decided or was the first to fit, counted from 1.</summary>
    public int? Rule { get; init; }

    /// <summary>Deployments that could serve, the chosen one first.</summary>
    public IReadOnlyList<DecisionCandidate> Candidates { get; init; } = [];

    /// <summary>Deployments that were looked at and left out, each with the reason.</summary>
    public IReadOnlyDictionary<string, string>? Dropped { get; init; }

    /// <summary>Where a cheap answer that does not pass goes.</summary>
    public IReadOnlyList<string>? EscalateTo { get; init; }

    /// <summary>The routing model that made the predictions, by its version.</summary>
    public string? RoutingModel { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, DecisionJson.Default.Decision);

    public static Decision? Parse(string json) => JsonSerializer.Deserialize(json, DecisionJson.Default.Decision);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Decision))]
internal sealed partial class DecisionJson : JsonSerializerContext;
