using static LlmBroker.Providers.ModelCapabilities;

namespace LlmBroker.Providers.OpenAi;

/// <summary>
/// Vendors that speak OpenAI's protocol, by the word in <c>providers.{account}.type</c>: where they are and what they leave out. What a vendor would
/// ignore without a word counts as left out, so that such a request goes elsewhere; <c>capabilities</c> of a model or deployment says otherwise.
/// </summary>
internal static class OpenAiPresets
{
    private const ModelCapabilities Rare = Audio | LogitBias | StrictTools | SingleTool;

    public static IReadOnlyDictionary<string, OpenAiDialect> All { get; } = new Dictionary<string, OpenAiDialect>(StringComparer.OrdinalIgnoreCase)
    {
        ["openai"] = OpenAiDialect.OpenAi with { HasResponses = true },
        ["cerebras"] = new("https://api.cerebras.ai/v1/", Audio | Embeddings | N | Penalties | Vision | ImageUrls),
        ["deepinfra"] = new("https://api.deepinfra.com/v1/openai/", Rare) { OnlyMaxTokens = true },
        ["deepseek"] = new("https://api.deepseek.com/v1/", Rare | Embeddings | JsonSchema | N | Seed | Vision | ImageUrls | ReasoningEffort) { OnlyMaxTokens = true },
        ["fireworks"] = new("https://api.fireworks.ai/inference/v1/", Audio | StrictTools | SingleTool) { OnlyMaxTokens = true },
        ["groq"] = new("https://api.groq.com/openai/v1/", Audio | Embeddings | LogitBias | Logprobs | N | Penalties),
        ["llamacpp"] = new("http://127.0.0.1:8080/v1/", Audio | StrictTools | ImageUrls),
        ["lmstudio"] = new("http://127.0.0.1:1234/v1/", Rare | ImageUrls | N | Logprobs) { OnlyMaxTokens = true },
        ["minimax"] = new("https://api.minimax.io/v1/", Rare | Embeddings | Logprobs | N | Penalties | Seed | Stop),
        ["mistral"] = new("https://api.mistral.ai/v1/", Audio | LogitBias | Logprobs | ReasoningEffort) { OnlyMaxTokens = true, Seed = "random_seed" },
        ["moonshot"] = new("https://api.moonshot.ai/v1/", Rare | Embeddings | JsonSchema | Logprobs | Seed | ReasoningEffort | ImageUrls) { OnlyMaxTokens = true },
        ["nvidia"] = new("https://integrate.api.nvidia.com/v1/", Rare | N) { OnlyMaxTokens = true },
        ["ollama"] = new("http://127.0.0.1:11434/v1/", Rare | ImageUrls | N) { OnlyMaxTokens = true },
        ["openrouter"] = new("https://openrouter.ai/api/v1/", N) { Free = "key" },
        ["qwen"] = new("https://dashscope-intl.aliyuncs.com/compatible-mode/v1/", Audio | LogitBias | StrictTools | JsonSchema | ReasoningEffort) { OnlyMaxTokens = true },
        // Its logprobs have another form.
        ["together"] = new("https://api.together.xyz/v1/", Audio | Logprobs | StrictTools | SingleTool) { OnlyMaxTokens = true },
        ["vllm"] = new("http://127.0.0.1:8000/v1/", Audio | StrictTools),
        ["xai"] = new("https://api.x.ai/v1/", Audio | Embeddings | LogitBias),
        ["zai"] = new("https://api.z.ai/api/paas/v4/", Rare | JsonSchema | Logprobs | N | Penalties | Seed | ReasoningEffort) { OnlyMaxTokens = true },
    };
}
