namespace LlmBroker.Providers;

/// <summary>What a deployment can do. A closed set: a request's needs are read from its body, and a deployment without one of them is not in its route.</summary>
[Flags]
public enum ModelCapabilities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Chat completions of texts, over several turns, with a system message.</summary>
    Chat = 1 << 0,

    /// <summary>Embeddings of texts.</summary>
    Embeddings = 1 << 1,

    /// <summary>Calls of functions, their results, and the choice among them.</summary>
    Tools = 1 << 2,

    /// <summary>Several calls in one turn.</summary>
    ParallelTools = 1 << 3,

    /// <summary>At most one call in a turn when asked so (<c>parallel_tool_calls: false</c>).</summary>
    SingleTool = 1 << 4,

    /// <summary>Arguments that follow the function's schema (<c>strict: true</c>).</summary>
    StrictTools = 1 << 5,

    /// <summary>Answers that follow a JSON schema.</summary>
    JsonSchema = 1 << 6,

    /// <summary>Answers in JSON of any form (<c>json_object</c>).</summary>
    JsonObject = 1 << 7,

    /// <summary>Images within the request.</summary>
    Vision = 1 << 8,

    /// <summary>Images at an http address.</summary>
    ImageUrls = 1 << 9,

    /// <summary>Sound in or out.</summary>
    Audio = 1 << 10,

    /// <summary>Stop sequences.</summary>
    Stop = 1 << 11,

    /// <summary>A seed for repeatable answers.</summary>
    Seed = 1 << 12,

    /// <summary>Several answers at once (<c>n</c> above 1).</summary>
    N = 1 << 13,

    /// <summary>Probabilities of tokens.</summary>
    Logprobs = 1 << 14,

    /// <summary>A bias on tokens.</summary>
    LogitBias = 1 << 15,

    /// <summary>Frequency and presence penalties.</summary>
    Penalties = 1 << 16,

    /// <summary>Temperature and top_p.</summary>
    Sampling = 1 << 17,

    /// <summary>How long to think.</summary>
    ReasoningEffort = 1 << 18,

    /// <summary>Everything.</summary>
    All = (1 << 19) - 1,
}
