using System.Collections.Frozen;
using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Refuses chat completion requests that OpenAI refuses. The parameters are those of its published OpenAPI document.</summary>
internal static class ChatRequestValidator
{
    private static readonly FrozenSet<string> Parameters = FrozenSet.Create(
        "messages", "model", "service_tier", "modalities", "verbosity", "reasoning_effort", "max_completion_tokens", "frequency_penalty",
        "presence_penalty", "web_search_options", "top_logprobs", "response_format", "audio", "store", "moderation", "stream", "stop", "logit_bias",
        "logprobs", "max_tokens", "n", "prediction", "seed", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "function_call",
        "functions", "metadata", "temperature", "top_p", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "prompt_cache_options");

    /// <summary>Checks all but the model, which some vendors have in the path.</summary>
    public static Refusal? Validate(JsonElement body)
    {
        return KnownParameters(body)
            ?? ChatMessagesValidator.Validate(body)
            ?? Streaming(body)
            ?? Number(body, "temperature", 0, 2)
            ?? Number(body, "top_p", 0, 1)
            ?? Number(body, "frequency_penalty", -2, 2)
            ?? Number(body, "presence_penalty", -2, 2)
            ?? Integer(body, "n", 1, 128)
            ?? Integer(body, "seed")
            ?? Integer(body, "max_tokens", 1, int.MaxValue)
            ?? Integer(body, "max_completion_tokens", 1, int.MaxValue)
            ?? OneOutputLimit(body)
            ?? Boolean(body, "logprobs")
            ?? Integer(body, "top_logprobs", 0, 20)
            ?? TopLogprobsNeedLogprobs(body)
            ?? Boolean(body, "store")
            ?? Text(body, "user")
            ?? Text(body, "safety_identifier")
            ?? Text(body, "prompt_cache_key")
            ?? Choice(body, "service_tier", "auto", "default", "flex", "scale", "priority", "fast")
            ?? Choice(body, "reasoning_effort", "none", "minimal", "low", "medium", "high", "xhigh", "max")
            ?? Choice(body, "verbosity", "low", "medium", "high")
            ?? Object(body, "logit_bias")
            ?? Metadata(body)
            ?? Stop(body)
            ?? ResponseFormat(body)
            ?? ChatToolsValidator.Validate(body);
    }

    private static Refusal? KnownParameters(JsonElement body)
    {
        List<string>? unknown = null;
        foreach (var property in body.EnumerateObject())
        {
            if (!Parameters.Contains(property.Name))
                (unknown ??= []).Add(property.Name);
        }

        return unknown is null ? null : OpenAiErrors.UnrecognizedArguments(unknown);
    }

    public static Refusal? Model(JsonElement body)
    {
        if (!Has(body, "model", out var model))
            return OpenAiErrors.MissingModel();
        if (model.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType("model", "a string", Describe(model));
        return model.GetString()!.Length == 0 ? OpenAiErrors.MissingModel() : null;
    }

    private static Refusal? Streaming(JsonElement body) =>
        Boolean(body, "stream")
        ?? (Has(body, "stream", out var stream) && stream.GetBoolean() ? OpenAiErrors.Streaming() : null)
        ?? (Has(body, "stream_options", out _)
            ? OpenAiErrors.NotAllowed("stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
            : null);

    private static Refusal? OneOutputLimit(JsonElement body) =>
        Has(body, "max_tokens", out _) && Has(body, "max_completion_tokens", out _)
            ? OpenAiErrors.NotAllowed("max_tokens", "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
            : null;

    private static Refusal? TopLogprobsNeedLogprobs(JsonElement body) =>
        Has(body, "top_logprobs", out _) && !(Has(body, "logprobs", out var logprobs) && logprobs.ValueKind == JsonValueKind.True)
            ? OpenAiErrors.NotAllowed("top_logprobs", "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.")
            : null;

    public static Refusal? Metadata(JsonElement body)
    {
        if (Object(body, "metadata") is { } wrong)
            return wrong;
        if (!Has(body, "metadata", out var metadata))
            return null;
        foreach (var entry in metadata.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String)
                return OpenAiErrors.WrongType($"metadata.{entry.Name}", "a string", Describe(entry.Value));
        }

        return null;
    }

    private static Refusal? Stop(JsonElement body)
    {
        if (!Has(body, "stop", out var stop) || stop.ValueKind == JsonValueKind.String)
            return null;
        if (stop.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("stop", "one of a string or array of strings", Describe(stop));
        if (stop.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray("stop");
        if (stop.GetArrayLength() > 4)
            return OpenAiErrors.LongArray("stop", 4, stop.GetArrayLength());
        var index = 0;
        foreach (var item in stop.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
                return OpenAiErrors.WrongType($"stop[{index}]", "a string", Describe(item));
            index++;
        }

        return null;
    }

    private static Refusal? ResponseFormat(JsonElement body)
    {
        if (Object(body, "response_format") is { } wrong)
            return wrong;
        if (!Has(body, "response_format", out var format))
            return null;
        if (!Has(format, "type", out var type))
            return OpenAiErrors.Missing("response_format.type");
        switch (type.ValueKind == JsonValueKind.String ? type.GetString() : null)
        {
            case "text":
                return null;
            case "json_object":
                return ChatMessagesValidator.Mention(body, "json")
                    ? null
                    : new Refusal(
                        400, "invalid_request_error",
                        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", "messages");
            case "json_schema":
                return JsonSchema(format);
            default:
                return OpenAiErrors.WrongValue("response_format.type", type.ToString(), List(["json_object", "json_schema", "text"]));
        }
    }

    private static Refusal? JsonSchema(JsonElement format)
    {
        if (!Has(format, "json_schema", out var schema))
            return OpenAiErrors.Missing("response_format.json_schema");
        if (schema.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType("response_format.json_schema", "an object", Describe(schema));
        if (!Has(schema, "name", out var name))
            return OpenAiErrors.Missing("response_format.json_schema.name");
        if (name.ValueKind != JsonValueKind.String || !ToolName.IsValid(name.GetString()!))
            return OpenAiErrors.WrongPattern("response_format.json_schema.name", ToolName.Pattern);
        if (!Has(schema, "schema", out var inner))
            return null;
        if (inner.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType("response_format.json_schema.schema", "an object", Describe(inner));
        return Has(schema, "strict", out var strict) && strict.ValueKind == JsonValueKind.True
            ? StrictSchema.Check(inner, $"response_format '{name.GetString()}'", "response_format", code: null)
            : null;
    }
}
