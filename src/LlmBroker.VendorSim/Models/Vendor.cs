using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

/// <summary>Whose wire protocol a simulated model speaks. Paths are below <see cref="VendorSim.Address"/>.</summary>
public enum Vendor
{
    /// <summary>Not set; refused by validation.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown = 0,

    /// <summary><c>POST /v1/chat/completions</c>, <c>/v1/responses</c>, <c>/v1/embeddings</c>; bearer keys.</summary>
    [JsonStringEnumMemberName("openai")]
    OpenAi,

    /// <summary><c>POST /v1/messages</c>; keys in <c>x-api-key</c> or as bearer tokens.</summary>
    [JsonStringEnumMemberName("anthropic")]
    Anthropic,

    /// <summary>
    /// <c>POST /openai/deployments/{deployment}/chat/completions|embeddings?api-version=…</c>, where the model's name is the deployment's, and
    /// <c>POST /openai/v1/chat/completions|responses|embeddings</c>. A key of the model is let in as <c>api-key</c> and as a bearer token alike.
    /// </summary>
    [JsonStringEnumMemberName("azure")]
    Azure,

    /// <summary>
    /// AWS Bedrock: <c>POST /model/{modelId}/converse</c> and, for embeddings of Titan and Cohere, <c>/model/{modelId}/invoke</c>. A key of
    /// the form <c>ACCESS_KEY_ID:SECRET</c> (and <c>:SESSION_TOKEN</c>) is one to sign with, any other a bearer key.
    /// </summary>
    [JsonStringEnumMemberName("bedrock")]
    Bedrock,

    /// <summary>
    /// Gemini: <c>POST /v1beta/models/{model}:generateContent|embedContent|batchEmbedContents</c> with <c>x-goog-api-key</c> or <c>?key=</c>, and
    /// Vertex AI: <c>POST /v1/projects/{p}/locations/{l}/publishers/google/models/{model}:generateContent|embedContent|predict</c> with a
    /// model's key as the bearer token.
    /// </summary>
    [JsonStringEnumMemberName("google")]
    Google,

    /// <summary>
    /// The router: <c>POST /huggingface/v1/chat/completions</c>, and the models for one task:
    /// <c>POST /huggingface/hf-inference/models/{model}</c> (also without <c>/huggingface</c>); bearer keys.
    /// </summary>
    [JsonStringEnumMemberName("huggingface")]
    HuggingFace,
}
