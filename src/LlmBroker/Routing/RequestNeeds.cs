using System.Text.Json;
using LlmBroker.Providers;

namespace LlmBroker.Routing;

/// <summary>Reads from an OpenAI request body what a deployment must be able to do. Pure; what is said to be as it is anyway needs nothing.</summary>
internal static class RequestNeeds
{
    public static ModelCapabilities Of(JsonElement body, string? operation)
    {
        if (operation == RequestOperation.Embeddings)
            return ModelCapabilities.Embeddings;

        var needs = ModelCapabilities.Chat;
        foreach (var member in body.EnumerateObject())
            if (member.Value.ValueKind != JsonValueKind.Null)
                needs |= OfMember(member.Name, member.Value);
        // Which of several calls to make is only a question where there are tools.
        return needs.HasFlag(ModelCapabilities.Tools) ? needs : needs & ~ModelCapabilities.SingleTool;
    }

    private static ModelCapabilities OfMember(string name, JsonElement value) => name switch
    {
        "messages" => OfMessages(value),
        "tools" or "functions" when value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 => OfTools(value),
        "parallel_tool_calls" when value.ValueKind == JsonValueKind.False => ModelCapabilities.SingleTool,
        "response_format" when value.Member("type")?.Is("json_schema") == true => ModelCapabilities.JsonSchema,
        "response_format" when value.Member("type")?.Is("json_object") == true => ModelCapabilities.JsonObject,
        "stop" => ModelCapabilities.Stop,
        "seed" => ModelCapabilities.Seed,
        "n" when !IsNumber(value, 1) => ModelCapabilities.N,
        "logprobs" when value.ValueKind == JsonValueKind.True => ModelCapabilities.Logprobs,
        "top_logprobs" when !IsNumber(value, 0) => ModelCapabilities.Logprobs,
        "logit_bias" when value.ValueKind == JsonValueKind.Object && value.GetPropertyCount() > 0 => ModelCapabilities.LogitBias,
        "frequency_penalty" or "presence_penalty" when !IsNumber(value, 0) => ModelCapabilities.Penalties,
        "temperature" or "top_p" when !IsNumber(value, 1) => ModelCapabilities.Sampling,
        "reasoning_effort" when !value.Is("none") => ModelCapabilities.ReasoningEffort,
        "audio" => ModelCapabilities.Audio,
        _ => ModelCapabilities.None,
    };

    private static ModelCapabilities OfTools(JsonElement tools)
    {
        var needs = ModelCapabilities.Tools;
        foreach (var tool in tools.EnumerateArray())
            if (tool.Member("function")?.Member("strict") is { ValueKind: JsonValueKind.True })
                needs |= ModelCapabilities.StrictTools;
        return needs;
    }

    private static ModelCapabilities OfMessages(JsonElement messages)
    {
        var needs = ModelCapabilities.None;
        if (messages.ValueKind != JsonValueKind.Array)
            return needs;

        foreach (var message in messages.EnumerateArray())
        {
            if (message.Member("tool_calls") is { ValueKind: JsonValueKind.Array } calls && calls.GetArrayLength() > 0)
                needs |= calls.GetArrayLength() > 1 ? ModelCapabilities.Tools | ModelCapabilities.ParallelTools : ModelCapabilities.Tools;
            if (message.Member("role")?.Is("tool") == true)
                needs |= ModelCapabilities.Tools;
            if (message.Member("content") is { ValueKind: JsonValueKind.Array } parts)
                foreach (var part in parts.EnumerateArray())
                    needs |= OfPart(part);
        }

        return needs;
    }

    private static ModelCapabilities OfPart(JsonElement part)
    {
        if (part.Member("type")?.Is("input_audio") == true)
            return ModelCapabilities.Audio;
        if (part.Member("type")?.Is("image_url") != true)
            return ModelCapabilities.None;
        return part.Member("image_url")?.Text("url")?.StartsWith("data:", StringComparison.OrdinalIgnoreCase) == true
            ? ModelCapabilities.Vision
            : ModelCapabilities.Vision | ModelCapabilities.ImageUrls;
    }

    private static bool IsNumber(JsonElement value, double number) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var actual) && actual == number;
}
