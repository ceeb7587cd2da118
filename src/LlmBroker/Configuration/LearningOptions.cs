namespace LlmBroker.Configuration;

/// <summary>What is kept so that the router can learn from its own traffic: hashed features of prompts, never their text.</summary>
public sealed record LearningOptions
{
    /// <summary>
    /// Part of the requests whose policy has a choice of which the features are kept, 0 to 1; when more than 0, also all whose tier was drawn
    /// by lot. They are payloads, some KiB each, and kept as long as those. Default: 0.
    /// </summary>
    public double Share { get; init; }
}
