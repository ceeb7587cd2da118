using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Bedrock.BedrockFields;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>Refuses Converse requests that Bedrock refuses. Fields that it does not know are passed over, as AWS does.</summary>
internal static class ConverseRequestValidator
{
    private const int MaxStopSequences = 2_500;

    private static readonly string[] SystemMembers = ["text", "guardContent", "cachePoint"];

    public static Refusal? Validate(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return BedrockErrors.Serialization("Unable to parse the request body: expected a structure");
        return ConverseMessagesValidator.Validate(body)
            ?? System(body)
            ?? InferenceConfig(body)
            ?? ConverseToolsValidator.Validate(body)
            ?? OutputConfig(body)
            ?? Structure(body, "guardrailConfig")
            ?? Structure(body, "performanceConfig")
            ?? Structure(body, "serviceTier")
            ?? RequestMetadata(body);
    }

    private static Refusal? System(JsonElement body)
    {
        if (!Has(body, "system", out var system))
            return null;
        if (List(system, "system") is { } wrong)
            return wrong;
        var index = 0;
        foreach (var block in system.EnumerateArray())
        {
            var at = $"system.{index}";
            if (Union(block, at, SystemMembers, out var member) is { } refusal)
                return refusal;
            if (member.Name == "text" && (Text(member.Value) ?? NotEmpty(member.Value, $"{at}.member.text")) is { } noText)
                return noText;
            index++;
        }

        return null;
    }

    private static Refusal? InferenceConfig(JsonElement body)
    {
        const string At = "inferenceConfig";
        if (!Has(body, At, out var config))
            return null;
        if ((Object(config, At)
            ?? Integer(config, "maxTokens", At, 1)
            ?? Share(config, "temperature", At)
            ?? Share(config, "topP", At)) is { } wrong)
            return wrong;
        if (!Has(config, "stopSequences", out var sequences))
            return null;
        if (List(sequences, $"{At}.stopSequences") is { } noList)
            return noList;
        if (sequences.GetArrayLength() > MaxStopSequences)
        {
            return BedrockErrors.Constraint(
                $"'{sequences.GetArrayLength()} elements'", $"{At}.stopSequences", $"Member must have length less than or equal to {MaxStopSequences}");
        }

        foreach (var sequence in sequences.EnumerateArray())
        {
            if ((Text(sequence) ?? NotEmpty(sequence, $"{At}.stopSequences.member")) is { } refusal)
                return refusal;
        }

        return null;
    }

    private static Refusal? OutputConfig(JsonElement body)
    {
        if (Structure(body, "outputConfig") is { } wrong)
            return wrong;
        if (!Has(body, "outputConfig", out var config))
            return null;
        if (Has(config, "effort", out var effort) && Text(effort) is { } noText)
            return noText;
        if (!Has(config, "textFormat", out var format))
            return null;
        if ((Object(format, "outputConfig.textFormat") ?? RequiredText(format, "type", "outputConfig.textFormat")) is { } noType)
            return noType;
        if (Choice(format.GetProperty("type"), "outputConfig.textFormat.type", "json_schema") is { } unknown)
            return unknown;
        if (!Has(format, "structure", out var structure))
            return BedrockErrors.Missing("outputConfig.textFormat.structure");
        return Union(structure, "outputConfig.textFormat.structure", ["jsonSchema"], out var member)
            ?? Object(member.Value, "outputConfig.textFormat.structure.jsonSchema")
            ?? RequiredText(member.Value, "schema", "outputConfig.textFormat.structure.jsonSchema")
            ?? (Schema(member.Value) is null
                ? BedrockErrors.Invalid("The value at outputConfig.textFormat.structure.jsonSchema.schema is not a valid JSON schema.")
                : null);
    }

    /// <summary>The schema, which Converse has as a string; null when that is none.</summary>
    public static JsonElement? Schema(JsonElement jsonSchema)
    {
        try
        {
            var schema = JsonElement.Parse(jsonSchema.GetProperty("schema").GetString()!);
            return schema.ValueKind == JsonValueKind.Object ? schema : null;
        }
        catch (JsonException)
        {
            // Null is "not JSON" here; the refusal says so.
            return null;
        }
    }

    private static Refusal? RequestMetadata(JsonElement body)
    {
        if (Structure(body, "requestMetadata") is { } wrong)
            return wrong;
        if (!Has(body, "requestMetadata", out var metadata))
            return null;
        foreach (var entry in metadata.EnumerateObject())
        {
            if (Text(entry.Value) is { } noText)
                return noText;
        }

        return null;
    }

    private static Refusal? Structure(JsonElement body, string name) => Has(body, name, out var value) ? Object(value, name) : null;

    private static Refusal? NotEmpty(JsonElement text, string at) =>
        text.GetString()!.Length > 0 ? null : BedrockErrors.Constraint("''", at, "Member must have length greater than or equal to 1");
}
