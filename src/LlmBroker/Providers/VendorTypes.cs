using System.Collections.Frozen;
using LlmBroker.Providers.OpenAi;
using static LlmBroker.Providers.ModelCapabilities;

namespace LlmBroker.Providers;

/// <summary>The built-in values of <c>providers.{account}.type</c>, the APIs that each has, and what each API can do. The one table of it.</summary>
internal static class VendorTypes
{
    /// <summary>The API where a deployment names none.</summary>
    public const string Chat = "chat";

    public const string Responses = "responses";

    private const ModelCapabilities Anthropic = ModelCapabilities.Chat | Tools | ParallelTools | SingleTool | StrictTools | JsonSchema | Vision | ImageUrls
        | Stop | Sampling | ReasoningEffort;

    private const ModelCapabilities Bedrock = ModelCapabilities.Chat | Embeddings | Tools | ParallelTools | StrictTools | JsonSchema | Vision | Stop | Sampling
        | ReasoningEffort;

    private const ModelCapabilities Gemini = ModelCapabilities.Chat | Embeddings | Tools | ParallelTools | JsonSchema | JsonObject | Vision | Stop | Seed | N
        | Logprobs | Penalties | Sampling | ReasoningEffort;

    private const ModelCapabilities OpenAiResponses = ModelCapabilities.Chat | Tools | ParallelTools | SingleTool | StrictTools | JsonSchema | JsonObject | Vision
        | ImageUrls | Logprobs | Sampling | ReasoningEffort;

    /// <summary>A model of one task reads one text; it has no chance in it, so a seed and a temperature of 0 are what it does anyway.</summary>
    private const ModelCapabilities OneTask = ModelCapabilities.Chat | Seed | Sampling;

    private static readonly FrozenDictionary<string, FrozenDictionary<string, ModelCapabilities>> s_types = Types();

    public static IReadOnlySet<string> Names { get; } = s_types.Keys.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The APIs of a built-in type; empty for that of a plug-in.</summary>
    public static IReadOnlyCollection<string> ApisOf(string type) => s_types.TryGetValue(type, out var apis) ? apis.Keys : [];

    /// <summary>What an API can do; a plug-in's is taken to do everything, and says so itself where it cannot.</summary>
    public static ModelCapabilities CapabilitiesOf(string? type, string? api) =>
        type is not null && s_types.TryGetValue(type, out var apis) ? apis.GetValueOrDefault(api ?? Chat) : All;

    private static FrozenDictionary<string, FrozenDictionary<string, ModelCapabilities>> Types()
    {
        var types = new Dictionary<string, FrozenDictionary<string, ModelCapabilities>>(StringComparer.OrdinalIgnoreCase)
        {
            ["azure-openai"] = Apis((Chat, All), (Responses, OpenAiResponses)),
            ["anthropic"] = Apis((Chat, Anthropic)),
            ["bedrock"] = Apis((Chat, Bedrock)),
            ["gemini"] = Apis((Chat, Gemini)),
            ["vertex"] = Apis((Chat, Gemini)),
            // How long to think is up to whom the router picks.
            ["huggingface"] = Apis([(Chat, All & ~(Audio | Embeddings | ReasoningEffort)), .. Tasks()]),
            ["huggingface-endpoint"] = Apis(Tasks()),
        };
        foreach (var (name, dialect) in OpenAiPresets.All)
            types.Add(name, dialect.HasResponses
                ? Apis((Chat, All & ~dialect.Cannot), (Responses, OpenAiResponses))
                : Apis((Chat, All & ~dialect.Cannot)));
        return types.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static (string, ModelCapabilities)[] Tasks() => [.. HuggingFace.TaskApis.All.Select(api => (api, OneTask))];

    private static FrozenDictionary<string, ModelCapabilities> Apis(params (string Name, ModelCapabilities Can)[] apis) =>
        apis.ToFrozenDictionary(api => api.Name, api => api.Can, StringComparer.Ordinal);
}
