using LlmBroker.Providers;

namespace LlmBroker.Configuration;

/// <summary>
/// What a model or a deployment can do, where that differs from what its vendor's API can: <c>false</c> narrows, <c>true</c> extends. Default of each:
/// as the API.
/// </summary>
public sealed record CapabilityOptions
{
    /// <summary>Chat completions.</summary>
    public bool? Chat { get; init; }

    /// <summary>Embeddings.</summary>
    public bool? Embeddings { get; init; }

    /// <summary>Calls of functions and their results.</summary>
    public bool? Tools { get; init; }

    /// <summary>Several calls in one turn.</summary>
    public bool? ParallelTools { get; init; }

    /// <summary>At most one call in a turn when asked so.</summary>
    public bool? SingleTool { get; init; }

    /// <summary>Arguments that follow the function's schema.</summary>
    public bool? StrictTools { get; init; }

    /// <summary>Answers that follow a JSON schema.</summary>
    public bool? JsonSchema { get; init; }

    /// <summary>Answers in JSON of any form.</summary>
    public bool? JsonObject { get; init; }

    /// <summary>Images within the request.</summary>
    public bool? Vision { get; init; }

    /// <summary>Images at an http address.</summary>
    public bool? ImageUrls { get; init; }

    /// <summary>Sound in or out.</summary>
    public bool? Audio { get; init; }

    /// <summary>Stop sequences.</summary>
    public bool? Stop { get; init; }

    /// <summary>A seed.</summary>
    public bool? Seed { get; init; }

    /// <summary>Several answers at once.</summary>
    public bool? N { get; init; }

    /// <summary>Probabilities of tokens.</summary>
    public bool? Logprobs { get; init; }

    /// <summary>A bias on tokens.</summary>
    public bool? LogitBias { get; init; }

    /// <summary>Frequency and presence penalties.</summary>
    public bool? Penalties { get; init; }

    /// <summary>Temperature and top_p.</summary>
    public bool? Sampling { get; init; }

    /// <summary>How long to think.</summary>
    public bool? ReasoningEffort { get; init; }

    /// <summary><paramref name="set"/> with what is said here.</summary>
    internal ModelCapabilities Apply(ModelCapabilities set)
    {
        foreach (var (said, capability) in (ReadOnlySpan<(bool?, ModelCapabilities)>)
            [
                (Chat, ModelCapabilities.Chat), (Embeddings, ModelCapabilities.Embeddings), (Tools, ModelCapabilities.Tools),
                (ParallelTools, ModelCapabilities.ParallelTools), (SingleTool, ModelCapabilities.SingleTool), (StrictTools, ModelCapabilities.StrictTools),
                (JsonSchema, ModelCapabilities.JsonSchema), (JsonObject, ModelCapabilities.JsonObject), (Vision, ModelCapabilities.Vision),
                (ImageUrls, ModelCapabilities.ImageUrls), (Audio, ModelCapabilities.Audio), (Stop, ModelCapabilities.Stop), (Seed, ModelCapabilities.Seed),
                (N, ModelCapabilities.N), (Logprobs, ModelCapabilities.Logprobs), (LogitBias, ModelCapabilities.LogitBias),
                (Penalties, ModelCapabilities.Penalties), (Sampling, ModelCapabilities.Sampling), (ReasoningEffort, ModelCapabilities.ReasoningEffort),
            ])
            set = said switch
            {
                true => set | capability,
                false => set & ~capability,
                null => set,
            };
        return set;
    }
}
