namespace LlmBroker.Simulation.Models;

/// <summary>One model of one vendor: how fast it answers, how much it says, what it allows and what goes wrong with it.</summary>
public sealed record SimulatedModel
{
    /// <summary>The name callers send as <c>model</c>, or in the path; unique over all vendors.</summary>
    public required string Name { get; init; }

    /// <summary>The wire protocol; the model answers on that vendor's paths only.</summary>
    public required Vendor Vendor { get; init; }

    /// <summary>Keys that are let in; <see cref="Models.Vendor"/> says how they are sent. Default: <c>sim-key</c>.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = ["sim-key"];

    /// <summary>Tokens of input and output together. Default: 128,000.</summary>
    public int ContextWindow { get; init; } = 128_000;

    /// <summary>The most output tokens a caller may ask for. Default: 16,384.</summary>
    public int MaxOutputTokens { get; init; } = 16_384;

    /// <summary>Length of the vectors of an embeddings model; null (the default) makes it a chat model. Not for Anthropic.</summary>
    public int? EmbeddingDimensions { get; init; }

    /// <summary>
    /// A reasoning model of OpenAI's: refuses <c>max_tokens</c> in chat, and <c>temperature</c>, <c>top_p</c>, penalties, <c>logprobs</c> and
    /// <c>stop</c> everywhere. OpenAI and Azure only.
    /// </summary>
    public bool IsReasoningModel { get; init; }

    /// <summary>The one task that it was trained for; null (the default) makes it a chat model. Hugging Face only.</summary>
    public TextTask? Task { get; init; }

    /// <summary>What a model for text or token classification tells apart. Hugging Face only. Default: none.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Time to the answer. Default: none.</summary>
    public SimulatedLatency Latency { get; init; } = new();

    /// <summary>Size of the answers. Default: 64 output tokens, nothing cached.</summary>
    public SimulatedTokens Tokens { get; init; } = new();

    /// <summary>Quota of the account. Default: none.</summary>
    public SimulatedLimits Limits { get; init; } = new();

    /// <summary>What goes wrong; the first that fires decides, except that <see cref="FaultKind.Slow"/> adds up.</summary>
    public IReadOnlyList<SimulatedFault> Faults { get; init; } = [];
}
