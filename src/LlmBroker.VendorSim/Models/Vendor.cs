using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

/// <summary>Whose wire protocol a simulated model speaks.</summary>
public enum Vendor
{
    /// <summary>Not set; refused by validation.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown = 0,

    /// <summary><c>POST /v1/chat/completions</c>, <c>POST /v1/embeddings</c>, bearer keys.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAi,

    /// <summary><c>POST /v1/messages</c>, keys in <c>x-api-key</c>.</summary>
    [JsonStringEnumMemberName("anthropic")]
    Anthropic,
}
