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

    /// <summary>The policy that decided; null when a model was named.</summary>
    public string? Policy { get; init; }

    /// <summary>The decision in a few words, e.g. <c>policy auto: task translation → cheap</c>.</summary>
    public required string Reason { get; init; }
}
