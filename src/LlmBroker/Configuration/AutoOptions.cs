namespace LlmBroker.Configuration;

/// <summary>
/// A choice by the expected gain of the large model over the cheap one, which is predicted for each request. Exactly one of its members
/// is given. <see cref="PolicyOptions.CheapTasks"/> and <see cref="PolicyOptions.MinConfidence"/> do not count then.
/// </summary>
public sealed record AutoOptions
{
    /// <summary>The large model is taken when its expected gain is at least this, 0 to 1.</summary>
    public double? Threshold { get; init; }

    /// <summary>
    /// Part of the requests that the large model gets, those with the largest expected gain; 0 to 1. Of those that are chosen for: what a rule, a
    /// lot, the prompt's length or a capability decides is beside it.
    /// </summary>
    public double? LargeShare { get; init; }

    /// <summary>
    /// The most that a request may cost on average, in USD: the large model gets as many as that allows, those with the largest expected gain.
    /// Reckoned at the prices of the day with all the output that a request allows, so that less is spent; without prices the large model gets none.
    /// </summary>
    public decimal? MaxAverageUsd { get; init; }

    /// <summary>
    /// Part of the way from the cheap model's quality to the large one's that is to be kept, 0 to 1: the large model gets as few as that takes,
    /// by the expected gains.
    /// </summary>
    public double? KeepQuality { get; init; }
}
