using System.Text.Json;
using LlmBroker.Providers;

namespace LlmBroker.Tests.Providers.Conformance;

/// <summary>One thing that the contract lets a request ask for.</summary>
/// <param name="Name">As it stands in the table.</param>
/// <param name="Needs">What a deployment must be able to do.</param>
/// <param name="Body">The request.</param>
/// <param name="Holds">Whether the answer is what was asked for.</param>
internal sealed record Feature(string Name, ModelCapabilities Needs, string Body, Func<ProviderResult, bool> Holds)
{
    private const string Weather = """{"type":"function","function":{"name":"weather","description":"d","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}""";
    private const string Clock = """{"type":"function","function":{"name":"clock"}}""";
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    private const string Schema = """{"type":"json_schema","json_schema":{"name":"place","strict":true,"schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}""";

    public string Operation { get; init; } = "chat";

    public static IReadOnlyList<Feature> All { get; } =
    [
        Of("one text", ModelCapabilities.Chat, Ask, "", IsText),
        new(
            "system, several turns",
            ModelCapabilities.Chat,
            """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"user","content":[{"type":"text","text":"And now?"}]}]}""",
            IsText),
        Of("max_tokens", ModelCapabilities.Chat, Ask, "\"max_tokens\":20", answer => answer.FinishReason == "length" || answer.Usage is null),
        Of("max_completion_tokens", ModelCapabilities.Chat, Ask, "\"max_completion_tokens\":20", answer => answer.FinishReason == "length" || answer.Usage is null),
        Of("temperature, top_p", ModelCapabilities.Sampling, Ask, "\"temperature\":0.3,\"top_p\":0.9", IsText),
        Of("temperature 0", ModelCapabilities.Sampling, Ask, "\"temperature\":0", IsText),
        Of("stop", ModelCapabilities.Stop, Ask, "\"stop\":[\"a\",\"b\"]", answer => answer.FinishReason == "stop"),
        Of("seed", ModelCapabilities.Seed, Ask, "\"seed\":7", IsText),
        Of("n", ModelCapabilities.N, Ask, "\"n\":2", answer => answer.Body.GetProperty("choices").GetArrayLength() == 2),
        Of("penalties", ModelCapabilities.Penalties, Ask, "\"frequency_penalty\":0.5,\"presence_penalty\":0.5", IsText),
        Of("logit_bias", ModelCapabilities.LogitBias, Ask, "\"logit_bias\":{\"5\":1}", IsText),
        Of("logprobs", ModelCapabilities.Logprobs, Ask, "\"logprobs\":true,\"top_logprobs\":2", HasLogprobs),
        Of("reasoning_effort", ModelCapabilities.ReasoningEffort, Ask, "\"reasoning_effort\":\"low\"", IsText),
        Of("JSON schema", ModelCapabilities.JsonSchema, Ask, $"\"response_format\":{Schema}", answer => JsonElement.Parse(Text(answer)).TryGetProperty("city", out _)),
        Of("JSON object", ModelCapabilities.JsonObject, "Answer in JSON: hi", "\"response_format\":{\"type\":\"json_object\"}", answer => JsonElement.Parse(Text(answer)).ValueKind == JsonValueKind.Object),
        Of("tools", ModelCapabilities.Tools, Ask, $"\"tools\":[{Weather}],\"tool_choice\":\"auto\"", answer => answer.FinishReason is "tool_calls" or "stop"),
        Of("tool_choice required", ModelCapabilities.Tools, Ask, $"\"tools\":[{Weather}],\"tool_choice\":\"required\"", CallsWeather),
        Of("tool_choice named", ModelCapabilities.Tools, Ask, "\"tools\":[" + Weather + "," + Clock + "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}", CallsWeather),
        Of("tool_choice none", ModelCapabilities.Tools, Ask, $"\"tools\":[{Weather}],\"tool_choice\":\"none\"", IsText),
        Of("one call at a time", ModelCapabilities.SingleTool | ModelCapabilities.Tools, Ask, $"\"tools\":[{Weather}],\"tool_choice\":\"required\",\"parallel_tool_calls\":false", CallsWeather),
        Of("strict tools", ModelCapabilities.StrictTools | ModelCapabilities.Tools, Ask, $"\"tools\":[{Weather.Replace("\"parameters\"", "\"strict\":true,\"parameters\"", StringComparison.Ordinal)}],\"tool_choice\":\"required\"", CallsWeather),
        new(
            "parallel calls, results",
            ModelCapabilities.Tools | ModelCapabilities.ParallelTools,
            $$$"""
            {"messages":[{"role":"user","content":"Weather and time?"},
              {"role":"assistant","content":null,"tool_calls":[
                {"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}},
                {"id":"call_2","type":"function","function":{"name":"clock","arguments":"{}"}}]},
              {"role":"tool","tool_call_id":"call_1","content":"sunny"},{"role":"tool","tool_call_id":"call_2","content":"noon"}],
             "tools":[{{{Weather}}},{{{Clock}}}]}
            """,
            answer => answer.FinishReason is "stop" or "tool_calls"),
        new(
            "image in the request",
            ModelCapabilities.Vision,
            $$$"""{"messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Png}}}"}}]}]}""",
            IsText),
        new(
            "image at an address",
            ModelCapabilities.Vision | ModelCapabilities.ImageUrls,
            """{"messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}""",
            IsText),
        new(
            "embeddings",
            ModelCapabilities.Embeddings,
            """{"input":"The house is old."}""",
            answer => answer.Body.GetProperty("data")[0].GetProperty("embedding").GetArrayLength() > 1)
        {
            Operation = "embeddings",
        },
        new(
            "embeddings as base64",
            ModelCapabilities.Embeddings,
            """{"input":["The house is old."],"encoding_format":"base64"}""",
            answer => answer.Body.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64().Length >= 2 * sizeof(float))
        {
            Operation = "embeddings",
        },
    ];

    private const string Ask = "The house is old.";

    private static Feature Of(string name, ModelCapabilities needs, string text, string more, Func<ProviderResult, bool> holds) => new(
        name, needs, $$"""{"messages":[{"role":"user","content":"{{text}}"}]{{(more.Length > 0 ? "," : "")}}{{more}}}""", holds);

    /// <summary>The request for an adapter; a model of one task is asked for its task.</summary>
    public string BodyFor(Adapter adapter) => adapter.OnlyAsks is { } ask ? Body.Replace($"\"{Ask}\"", $"\"{ask}\"", StringComparison.Ordinal) : Body;

    private static JsonElement Message(ProviderResult answer) => answer.Body.GetProperty("choices")[0].GetProperty("message");

    private static string Text(ProviderResult answer) => Message(answer).GetProperty("content").GetString() ?? "";

    private static bool IsText(ProviderResult answer) => answer.FinishReason == "stop" && Text(answer).Length > 0;

    // A call that was forced by name ends in "stop" at OpenAI.
    private static bool CallsWeather(ProviderResult answer) =>
        answer.FinishReason is "tool_calls" or "stop"
        && Message(answer).GetProperty("tool_calls")[0].GetProperty("function") is var function
        && function.GetProperty("name").GetString() == "weather"
        && JsonElement.Parse(function.GetProperty("arguments").GetString()!).TryGetProperty("city", out _);

    private static bool HasLogprobs(ProviderResult answer) =>
        answer.Body.GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content") is { ValueKind: JsonValueKind.Array } tokens
        && tokens.GetArrayLength() > 0
        && tokens[0].GetProperty("logprob").ValueKind == JsonValueKind.Number;
}
