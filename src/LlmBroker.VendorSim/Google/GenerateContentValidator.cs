using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

/// <summary>Refuses generateContent requests that Google refuses.</summary>
internal static class GenerateContentValidator
{
    private const int MaxStopSequences = 5;
    private const int MaxCandidates = 8;

    private static readonly string[] Categories =
    [
        "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH", "HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT",
        "HARM_CATEGORY_CIVIC_INTEGRITY", "HARM_CATEGORY_JAILBREAK",
    ];

    public static Refusal? Validate(JsonElement body)
    {
        return Message(
                body, "", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings", "cachedContent", "labels", "model",
                "store", "serviceTier")
            ?? ContentsValidator.Validate(body)
            ?? SafetySettings(body)
            ?? GenerationConfig(body)
            ?? FunctionsValidator.Validate(body)
            ?? (Has(body, "cachedContent", out var cached)
                ? new Refusal(403, "PERMISSION_DENIED", $"CachedContent not found (or permission denied): {cached}")
                : null);
    }

    private static Refusal? SafetySettings(JsonElement body)
    {
        if (!Has(body, "safetySettings", out var settings))
            return null;
        if (List(settings, "safety_settings") is { } wrong)
            return wrong;
        var index = 0;
        foreach (var setting in settings.EnumerateArray())
        {
            var at = $"safety_settings[{index}]";
            var refusal = Message(setting, at, "category", "threshold", "method")
                ?? Choice(setting, "category", at, "HarmCategory", Categories)
                ?? Choice(
                    setting, "threshold", at, "SafetySetting.HarmBlockThreshold",
                    "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF");
            if (refusal is not null)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? GenerationConfig(JsonElement body)
    {
        const string At = "generation_config";
        if (!Has(body, "generationConfig", out var config))
            return null;
        return Message(
                config, At, "stopSequences", "responseMimeType", "responseSchema", "responseJsonSchema", "_responseJsonSchema", "responseModalities",
                "candidateCount", "maxOutputTokens", "temperature", "topP", "topK", "seed", "presencePenalty", "frequencyPenalty", "responseLogprobs",
                "logprobs", "enableEnhancedCivicAnswers", "speechConfig", "thinkingConfig", "imageConfig", "mediaResolution", "audioTimestamp",
                "routingConfig", "modelConfig")
            ?? Float(config, "temperature", At, 0, 2)
            ?? Float(config, "topP", At, 0, 1)
            ?? (Has(config, "topK", out var topK) && topK.ValueKind != JsonValueKind.Number
                ? GoogleErrors.InvalidValue(Path(At, "topK"), "TYPE_FLOAT", topK.GetRawText())
                : null)
            ?? Float(config, "presencePenalty", At, -2, 2)
            ?? Float(config, "frequencyPenalty", At, -2, 2)
            ?? Integer(config, "seed", At)
            ?? Integer(config, "logprobs", At)
            ?? Flag(config, "responseLogprobs", At)
            ?? LogprobsNeedThemselves(config)
            ?? Candidates(config)
            ?? OutputLimit(config)
            ?? StopSequences(config)
            ?? Format(config)
            ?? Thinking(config);
    }

    private static Refusal? LogprobsNeedThemselves(JsonElement config)
    {
        if (!Has(config, "logprobs", out var count))
            return null;
        if (!(Has(config, "responseLogprobs", out var wanted) && wanted.GetBoolean()))
            return GoogleErrors.Invalid("logprobs can only be set if response_logprobs is set to true.");
        return ReadInteger(count) is >= 0 and <= 20 ? null : GoogleErrors.Invalid("logprobs must be in the range [0, 20].");
    }

    private static Refusal? Candidates(JsonElement config)
    {
        if (Integer(config, "candidateCount", "generation_config") is { } wrong)
            return wrong;
        return Has(config, "candidateCount", out var count) && ReadInteger(count) is not (>= 1 and <= MaxCandidates)
            ? GoogleErrors.Invalid(
                $"Unable to submit request because candidateCount must be in the range [1, {MaxCandidates}] but is {count}. Update the value and try again.")
            : null;
    }

    private static Refusal? OutputLimit(JsonElement config)
    {
        if (Integer(config, "maxOutputTokens", "generation_config") is { } wrong)
            return wrong;
        return Has(config, "maxOutputTokens", out var limit) && ReadInteger(limit) < 1
            ? GoogleErrors.Check("GenerateContentRequest", "generation_config.max_output_tokens", "max_output_tokens must be positive.")
            : null;
    }

    private static Refusal? StopSequences(JsonElement config)
    {
        const string At = "generation_config.stop_sequences";
        if (!Has(config, "stopSequences", out var sequences))
            return null;
        if (List(sequences, At) is { } wrong)
            return wrong;
        if (sequences.GetArrayLength() > MaxStopSequences)
            return GoogleErrors.Check("GenerateContentRequest", At, $"at most {MaxStopSequences} stop sequences are allowed.");
        var index = 0;
        foreach (var sequence in sequences.EnumerateArray())
        {
            if (sequence.ValueKind != JsonValueKind.String)
                return GoogleErrors.InvalidValue($"{At}[{index}]", "TYPE_STRING", sequence.GetRawText());
            if (sequence.GetString()!.Length == 0)
                return GoogleErrors.Check("GenerateContentRequest", $"{At}[{index}]", "stop sequences must not be empty.");
            index++;
        }

        return null;
    }

    private static Refusal? Format(JsonElement config)
    {
        if (Text(config, "responseMimeType", "generation_config") is { } wrong)
            return wrong;
        var mimeType = Has(config, "responseMimeType", out var type) ? type.GetString() : "text/plain";
        if (mimeType is not ("text/plain" or "application/json" or "text/x.enum"))
        {
            return GoogleErrors.Check(
                "GenerateContentRequest", "generation_config.response_mime_type",
                "allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.");
        }

        var hasSchema = Has(config, "responseSchema", out var schema);
        var hasJsonSchema = Has(config, "responseJsonSchema", out var jsonSchema) || Has(config, "_responseJsonSchema", out jsonSchema);
        if (hasSchema && hasJsonSchema)
            return GoogleErrors.Invalid("Only one of response_schema and response_json_schema can be set.");
        if ((hasSchema || hasJsonSchema) && mimeType == "text/plain")
        {
            return GoogleErrors.Check(
                "GenerateContentRequest", "generation_config.response_schema", "response_schema is only supported when response_mime_type is set to JSON.");
        }

        if (hasJsonSchema && jsonSchema.ValueKind != JsonValueKind.Object)
            return GoogleErrors.InvalidValue("generation_config.response_json_schema", "Message", jsonSchema.GetRawText());
        return hasSchema ? SchemaValidator.Validate(schema, "generation_config.response_schema") : null;
    }

    private static Refusal? Thinking(JsonElement config)
    {
        const string At = "generation_config.thinking_config";
        if (!Has(config, "thinkingConfig", out var thinking))
            return null;
        if (Message(thinking, At, "includeThoughts", "thinkingBudget", "thinkingLevel") is { } wrong)
            return wrong;
        if (Has(thinking, "thinkingBudget", out var budget) && Has(thinking, "thinkingLevel", out _))
            return GoogleErrors.Invalid("You can only set only one of thinking budget and thinking level.");
        if ((Flag(thinking, "includeThoughts", At)
            ?? Integer(thinking, "thinkingBudget", At)
            ?? Choice(
                thinking, "thinkingLevel", At, "ThinkingConfig.ThinkingLevel",
                "THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "minimal", "low", "medium", "high")) is { } refusal)
            return refusal;
        return budget.ValueKind != JsonValueKind.Undefined && ReadInteger(budget) < -1
            ? GoogleErrors.Invalid($"The thinking budget {budget} is invalid. Please choose a value between 0 and 24576, or -1 for a dynamic budget.")
            : null;
    }
}
