using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.DeadLetters;

/// <summary>What the redrive of one letter would send, or why it must not be sent.</summary>
internal sealed record RedriveDraft
{
    /// <summary>The request with its edits and its route; null for a message without a run, which goes back as it was.</summary>
    public RunInference? Message { get; init; }

    public int? PromptTokens { get; init; }

    /// <summary>On what the route was decided; null where it was not decided anew.</summary>
    public Decision? Decision { get; init; }

    /// <summary>What one call may cost at most, in USD; null when the price is unknown or nothing tells.</summary>
    public decimal? EstimatedCostUsd { get; init; }

    /// <summary>Why the letter cannot be redriven like that; empty: it can.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    public static RedriveDraft Faulty(params IReadOnlyList<string> faults) => new() { Faults = faults };
}
