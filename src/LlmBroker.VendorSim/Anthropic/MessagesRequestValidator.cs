using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Anthropic.AnthropicFields;

namespace LlmBroker.Simulation.Anthropic;

/// <summary>Refuses requests that Anthropic's Messages API refuses.</summary>
internal static class MessagesRequestValidator
{
    private const int MinThinkingBudget = 1024;

    public static Refusal? Validate(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return AnthropicErrors.Invalid("The request body is not a JSON object");
        return RequiredText(body, "", "model")
            ?? MaxTokens(body)
            ?? MessageListValidator.Validate(body)
            ?? Number(body, "temperature", 0, 1)
            ?? Number(body, "top_p", 0, 1)
            ?? Integer(body, "top_k", 0)
            ?? StopSequences(body)
            ?? System(body)
            ?? Streaming(body)
            ?? Metadata(body)
            ?? Choice(body, "service_tier", "auto", "standard_only")
            ?? Object(body, "cache_control")
            ?? OutputConfig(body)
            ?? MessageToolsValidator.Validate(body)
            ?? Thinking(body)
            ?? OnlyKnown(
                body, "", "model", "messages", "max_tokens", "metadata", "stop_sequences", "stream", "system", "temperature", "top_k", "top_p",
                "tools", "tool_choice", "thinking", "service_tier", "container", "diagnostics", "inference_geo", "cache_control", "output_config", "speed", "user_profile_id",
                "workspace_id");
    }

    private static Refusal? MaxTokens(JsonElement body) =>
        body.TryGetProperty("max_tokens", out _) ? Integer(body, "max_tokens", 1) : AnthropicErrors.Required("max_tokens");

    private static Refusal? StopSequences(JsonElement body)
    {
        if (!body.TryGetProperty("stop_sequences", out var sequences))
            return null;
        if (sequences.ValueKind != JsonValueKind.Array)
            return AnthropicErrors.WrongType("stop_sequences", "a valid array");
        var index = 0;
        foreach (var sequence in sequences.EnumerateArray())
        {
            if (sequence.ValueKind != JsonValueKind.String)
                return AnthropicErrors.WrongType($"stop_sequences.{index}", "a valid string");
            if (string.IsNullOrWhiteSpace(sequence.GetString()))
                return AnthropicErrors.Invalid("stop_sequences: each stop sequence must contain non-whitespace");
            index++;
        }

        return null;
    }

    private static Refusal? System(JsonElement body)
    {
        if (!body.TryGetProperty("system", out var system) || system.ValueKind == JsonValueKind.String)
            return null;
        if (system.ValueKind != JsonValueKind.Array)
            return AnthropicErrors.WrongType("system", "a valid string or array");
        var index = 0;
        foreach (var block in system.EnumerateArray())
        {
            if (block.ValueKind != JsonValueKind.Object || !block.TryGetProperty("type", out var type) || type.ToString() != "text")
                return AnthropicErrors.WrongType($"system.{index}.type", "'text'");
            if (RequiredText(block, $"system.{index}.", "text") is { } refusal)
                return refusal;
            if (block.GetProperty("text").GetString()!.Length == 0)
                return AnthropicErrors.Invalid("system: text content blocks must be non-empty");
            index++;
        }

        return null;
    }

    private static Refusal? Streaming(JsonElement body) =>
        Boolean(body, "stream")
        ?? (body.TryGetProperty("stream", out var stream) && stream.GetBoolean() ? AnthropicErrors.Streaming() : null);

    private static Refusal? Metadata(JsonElement body)
    {
        if (Object(body, "metadata") is { } wrong)
            return wrong;
        if (!body.TryGetProperty("metadata", out var metadata))
            return null;
        if (OnlyKnown(metadata, "metadata.", "user_id") is { } unknown)
            return unknown;
        return metadata.TryGetProperty("user_id", out var user) && user.ValueKind is not (JsonValueKind.String or JsonValueKind.Null)
            ? AnthropicErrors.WrongType("metadata.user_id", "a valid string")
            : null;
    }

    private static Refusal? Thinking(JsonElement body)
    {
        if (ThinkingShape(body) is { } wrong)
            return wrong;
        if (!body.TryGetProperty("thinking", out var thinking) || thinking.GetProperty("type").ValueEquals("disabled"))
            return null;
        if (body.TryGetProperty("temperature", out var temperature) && temperature.GetDouble() != 1)
            return AnthropicErrors.Invalid("`temperature` may only be set to 1 when thinking is enabled.");
        if (body.TryGetProperty("top_k", out _))
            return AnthropicErrors.Invalid("`top_k` must be unset when thinking is enabled.");
        return body.TryGetProperty("tool_choice", out var choice) && choice.ValueKind == JsonValueKind.Object
            && choice.TryGetProperty("type", out var type) && type.ToString() is "any" or "tool"
            ? AnthropicErrors.Invalid("Thinking may not be enabled when tool_choice forces tool use.")
            : null;
    }

    private static Refusal? ThinkingShape(JsonElement body)
    {
        if (Object(body, "thinking") is { } wrong)
            return wrong;
        if (!body.TryGetProperty("thinking", out var thinking))
            return null;
        if (!thinking.TryGetProperty("type", out var type))
            return AnthropicErrors.Required("thinking.type");
        if (type.ToString() is "disabled" or "adaptive" or "between_tools")
            return null;
        if (type.ToString() != "enabled")
            return AnthropicErrors.WrongType("thinking.type", "'enabled', 'disabled', 'between_tools' or 'adaptive'");
        if (!thinking.TryGetProperty("budget_tokens", out var budget))
            return AnthropicErrors.Required("thinking.enabled.budget_tokens");
        if (budget.ValueKind != JsonValueKind.Number || !budget.TryGetInt32(out var tokens))
            return AnthropicErrors.WrongType("thinking.enabled.budget_tokens", "a valid integer");
        if (tokens < MinThinkingBudget)
            return AnthropicErrors.WrongType("thinking.enabled.budget_tokens", $"greater than or equal to {MinThinkingBudget}");
        return body.GetProperty("max_tokens").GetInt32() > tokens
            ? null
            : AnthropicErrors.Invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
    }

    private static Refusal? OutputConfig(JsonElement body)
    {
        if (Object(body, "output_config") is { } wrong)
            return wrong;
        if (!body.TryGetProperty("output_config", out var config))
            return null;
        if (OnlyKnown(config, "output_config.", "format", "effort") is { } unknown)
            return unknown;
        if (config.TryGetProperty("effort", out var effort) && effort.ValueKind != JsonValueKind.Null
            && effort.ToString() is not ("low" or "medium" or "high" or "xhigh" or "max"))
            return AnthropicErrors.WrongType("output_config.effort", "'low', 'medium', 'high', 'xhigh' or 'max'");
        if (!config.TryGetProperty("format", out var format) || format.ValueKind == JsonValueKind.Null)
            return null;
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type) || type.ToString() != "json_schema")
            return AnthropicErrors.WrongType("output_config.format.type", "'json_schema'");
        return format.TryGetProperty("schema", out var schema) && schema.ValueKind == JsonValueKind.Object
            ? null
            : AnthropicErrors.Required("output_config.format.schema");
    }
}
