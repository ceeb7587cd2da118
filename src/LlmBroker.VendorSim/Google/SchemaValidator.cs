using System.Text.Json;
using LlmBroker.Simulation.Calls;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

/// <summary>
/// Google's <c>Schema</c>, a part of OpenAPI's: keywords of JSON Schema that it lacks, such as <c>additionalProperties</c>, are unknown names.
/// </summary>
internal static class SchemaValidator
{
    private const int MaxDepth = 32;

    private static readonly string[] Keywords =
    [
        "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required", "minProperties", "maxProperties",
        "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default", "items", "minimum", "maximum",
    ];

    private static readonly string[] Types = ["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"];

    public static Refusal? Validate(JsonElement schema, string at, int depth = 0)
    {
        if (depth > MaxDepth)
            return GoogleErrors.Invalid($"A schema in GenerateContentRequest is nested too deeply at '{at}'.");
        if (Message(schema, at, Keywords) is { } wrong)
            return wrong;
        if (Has(schema, "type", out var type) && !(type.ValueKind == JsonValueKind.String && Types.Contains(type.GetString()!.ToUpperInvariant())))
            return GoogleErrors.InvalidValue($"{at}.type", "type.googleapis.com/google.ai.generativelanguage.v1beta.Type", type.GetRawText());
        if (Has(schema, "enum", out var values)
            && (values.ValueKind != JsonValueKind.Array || values.EnumerateArray().Any(value => value.ValueKind != JsonValueKind.String)))
            return GoogleErrors.InvalidValue($"{at}.enum", "TYPE_STRING", values.GetRawText());
        if (Has(schema, "required", out var required) && List(required, $"{at}.required") is { } noList)
            return noList;
        return Children(schema, at, depth) ?? Required(schema, at, required);
    }

    private static Refusal? Children(JsonElement schema, string at, int depth)
    {
        if (Has(schema, "properties", out var properties))
        {
            if (properties.ValueKind != JsonValueKind.Object)
                return GoogleErrors.InvalidValue($"{at}.properties", "Message", properties.GetRawText());
            foreach (var property in properties.EnumerateObject())
            {
                if (Validate(property.Value, $"{at}.properties[{property.Name}]", depth + 1) is { } refusal)
                    return refusal;
            }
        }

        if (Has(schema, "items", out var items) && Validate(items, $"{at}.items", depth + 1) is { } inItems)
            return inItems;
        if (!Has(schema, "anyOf", out var options))
            return null;
        if (List(options, $"{at}.any_of") is { } noList)
            return noList;
        var index = 0;
        foreach (var option in options.EnumerateArray())
        {
            if (Validate(option, $"{at}.any_of[{index}]", depth + 1) is { } refusal)
                return refusal;
            index++;
        }

        return null;
    }

    private static Refusal? Required(JsonElement schema, string at, JsonElement required)
    {
        if (required.ValueKind != JsonValueKind.Array)
            return null;
        var index = 0;
        foreach (var name in required.EnumerateArray())
        {
            if (name.ValueKind != JsonValueKind.String)
                return GoogleErrors.InvalidValue($"{at}.required[{index}]", "TYPE_STRING", name.GetRawText());
            if (!Has(schema, "properties", out var properties) || !properties.TryGetProperty(name.GetString()!, out _))
                return GoogleErrors.Check("GenerateContentRequest", $"{at}.required[{index}]", "property is not defined");
            index++;
        }

        return null;
    }
}
