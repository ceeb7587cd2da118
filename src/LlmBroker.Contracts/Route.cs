namespace LlmBroker.Contracts;

/// <summary>The router's decision: a deployment, what to fall back to, and why.</summary>
public sealed record Route
{
    /// <summary>The deployment that is to serve the request.</summary>
    public required string Deployment { get; init; }

    /// <summary>The model that the deployment serves, by its name in the configuration.</summary>
    public required string Model { get; init; }

    /// <summary>Deployments to try next, in order, when this one cannot serve.</summary>
    public IReadOnlyList<string> Fallbacks { get => field ?? []; init; }

    /// <summary><c>cheap</c> or <c>large</c>.</summary>
    public string? Tier { get; init; }

    /// <summary>Kind of work: the producer's word or the classifier's, e.g. <c>translation</c>.</summary>
    public string? Task { get; init; }

    /// <summary>How sure the classifier was, 0 to 1; null when the producer said it.</summary>
    public double? TaskConfidence { get; init; }

    /// <summary>How much better the large model was expected to answer than the cheap one, 0 to 1; null when nobody asked.</summary>
    public double? Gain { get; init; }

    /// <summary>Language of the text to translate, in ISO 639-1; null when it is no translation or not certain.</summary>
    public string? SourceLanguage { get; init; }

    /// <summary>Language to translate into, in ISO 639-1; null when it is no translation or not certain.</summary>
    public string? TargetLanguage { get; init; }

    /// <summary><c>cheap</c> or <c>large</c> when the tier was drawn by lot, to measure the policy; null when it was decided.</summary>
    public string? Arm { get; init; }

    /// <summary>The cheap one of the two models that the policy chose between; null when it had no choice.</summary>
    public string? CheapModel { get; init; }

    /// <summary>The large one of the two models that the policy chose between; null when it had no choice.</summary>
    public string? LargeModel { get; init; }

    /// <summary>Deployments of the large model, the best first, for an answer of the cheap one that is not good enough; empty without a cascade.</summary>
    public IReadOnlyList<string> EscalateTo { get => field ?? []; init; }

    /// <summary>The policy that decided; null when a model was named.</summary>
    public string? Policy { get; init; }

    /// <summary>The decision in a few words, e.g. <c>policy auto: task translation → cheap</c>.</summary>
    public required string Reason { get; init; }
}
