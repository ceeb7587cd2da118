using System.Collections.Frozen;
using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Refuses requests for a response that OpenAI refuses. The parameters are those of its published OpenAPI document.</summary>
internal static class ResponsesRequestValidator
{
    private const int MinOutputTokens = 16;

    private static readonly FrozenSet<string> Parameters = FrozenSet.Create(
        "background", "context_management", "conversation", "include", "input", "instructions", "max_output_tokens", "max_tool_calls", "metadata",
        "model", "moderation", "parallel_tool_calls", "previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_options",
        "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier", "store", "stream", "stream_options", "temperature", "text",
        "tool_choice", "tools", "top_logprobs", "top_p", "truncation", "user");

    private static readonly string[] Includes =
    [
        "file_search_call.results", "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url",
        "computer_call_output.output.image_url", "code_interpreter_call.outputs", "reasoning.encrypted_content", "message.output_text.logprobs",
    ];

    public static Refusal? Validate(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.NotJson();
        return KnownParameters(body)
            ?? ChatRequestValidator.Model(body)
            ?? Text(body, "instructions")
            ?? ResponseInputValidator.Validate(body)
            ?? NotSimulated(body)
            ?? Number(body, "temperature", 0, 2)
            ?? Number(body, "top_p", 0, 1)
            ?? Integer(body, "max_output_tokens", MinOutputTokens, int.MaxValue)
            ?? Integer(body, "max_tool_calls", 1, int.MaxValue)
            ?? Integer(body, "top_logprobs", 0, 20)
            ?? Boolean(body, "store")
            ?? Text(body, "user")
            ?? Text(body, "safety_identifier")
            ?? Text(body, "prompt_cache_key")
            ?? Choice(body, "service_tier", "auto", "default", "flex", "scale", "priority", "fast", "ultrafast")
            ?? Choice(body, "truncation", "auto", "disabled")
            ?? ChatRequestValidator.Metadata(body)
            ?? Include(body)
            ?? Reasoning(body)
            ?? TextFormat(body)
            ?? ResponseToolsValidator.Validate(body);
    }

    private static Refusal? KnownParameters(JsonElement body)
    {
        foreach (var property in body.EnumerateObject())
        {
            if (!Parameters.Contains(property.Name))
                return OpenAiErrors.UnknownParameter(property.Name);
        }

        return null;
    }

    /// <summary>What rests on responses that were stored or are still being made: here none is.</summary>
    private static Refusal? NotSimulated(JsonElement body)
    {
        var wrong = Boolean(body, "stream") ?? Boolean(body, "background") ?? Text(body, "previous_response_id");
        if (wrong is not null)
            return wrong;
        if (Has(body, "stream", out var stream) && stream.GetBoolean())
            return OpenAiErrors.Streaming();
        if (Has(body, "previous_response_id", out var previous))
        {
            return new Refusal(
                400, "invalid_request_error", $"Previous response with id '{previous.GetString()}' not found.", "previous_response_id",
                "previous_response_not_found");
        }

        if (Has(body, "background", out var background) && background.GetBoolean())
            return OpenAiErrors.NotAllowed("background", "This is a simulated vendor; it answers at once. Send 'background': false or leave it out.");
        foreach (var name in (ReadOnlySpan<string>)["conversation", "prompt"])
        {
            if (Has(body, name, out _))
                return OpenAiErrors.NotAllowed(name, $"This is a simulated vendor; it stores nothing that '{name}' could refer to.");
        }

        return null;
    }

    private static Refusal? Include(JsonElement body)
    {
        if (!Has(body, "include", out var include))
            return null;
        if (include.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("include", "an array of strings", Describe(include));
        var index = 0;
        foreach (var item in include.EnumerateArray())
        {
            if (!Includes.Contains(item.ToString()))
                return OpenAiErrors.WrongValue($"include[{index}]", item.ToString(), List(Includes));
            index++;
        }

        return null;
    }

    private static Refusal? Reasoning(JsonElement body)
    {
        if (Object(body, "reasoning") is { } wrong)
            return wrong;
        if (!Has(body, "reasoning", out var reasoning))
            return null;
        if (OnlyKnown(reasoning, "reasoning", "mode", "effort", "summary", "context", "generate_summary") is { } unknown)
            return unknown;
        return Within(Choice(reasoning, "effort", "none", "minimal", "low", "medium", "high", "xhigh", "max"))
            ?? Within(Choice(reasoning, "summary", "auto", "concise", "detailed"));

        static Refusal? Within(Refusal? refusal) => refusal is null ? null : refusal with { Param = $"reasoning.{refusal.Param}" };
    }

    private static Refusal? TextFormat(JsonElement body)
    {
        if (Object(body, "text") is { } wrong)
            return wrong;
        if (!Has(body, "text", out var text))
            return null;
        if (OnlyKnown(text, "text", "format", "verbosity") is { } unknown)
            return unknown;
        if (Choice(text, "verbosity", "low", "medium", "high") is { } verbosity)
            return verbosity with { Param = "text.verbosity" };
        if (!Has(text, "format", out var format))
            return null;
        if (format.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType("text.format", "an object", Describe(format));
        if (!Has(format, "type", out var type))
            return OpenAiErrors.Missing("text.format.type");
        switch (type.ToString())
        {
            case "text":
                return null;
            case "json_object":
                return ResponseInputValidator.Mention(body, "json")
                    ? null
                    : new Refusal(
                        400, "invalid_request_error",
                        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.", "input");
            case "json_schema":
                return JsonSchema(format);
            default:
                return OpenAiErrors.WrongValue("text.format.type", type.ToString(), List(["json_object", "json_schema", "text"]));
        }
    }

    private static Refusal? JsonSchema(JsonElement format)
    {
        if (OnlyKnown(format, "text.format", "type", "name", "description", "schema", "strict") is { } unknown)
            return unknown;
        if (!Has(format, "name", out var name))
            return OpenAiErrors.Missing("text.format.name");
        if (name.ValueKind != JsonValueKind.String || !ToolName.IsValid(name.GetString()!))
            return OpenAiErrors.WrongPattern("text.format.name", ToolName.Pattern);
        if (!Has(format, "schema", out var schema))
            return OpenAiErrors.Missing("text.format.schema");
        if (schema.ValueKind != JsonValueKind.Object)
            return OpenAiErrors.WrongType("text.format.schema", "an object", Describe(schema));
        if (Has(format, "strict", out var strict) && strict.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return OpenAiErrors.WrongType("text.format.strict", "a boolean", Describe(strict));
        return strict.ValueKind == JsonValueKind.True
            ? StrictSchema.Check(schema, $"response_format '{name.GetString()}'", "text.format.schema", "invalid_json_schema")
            : null;
    }
}
