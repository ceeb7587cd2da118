using System.Text.Json;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>
/// The rules of schemas with <c>strict: true</c> (platform.openai.com/docs/guides/structured-outputs): every object is closed and requires all it has,
/// and the root is an object.
/// </summary>
internal static class StrictSchema
{
    private const int MaxDepth = 64;

    /// <param name="what">Whose schema it is, for the message.</param>
    public static Refusal? Check(JsonElement schema, string what, string param, string? code)
    {
        if (schema.TryGetProperty("anyOf", out _) || TypeOf(schema) is not ("object" or null))
        {
            return OpenAiErrors.NotStrict(
                what, param, code, [], $"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{TypeOf(schema) ?? "None"}\"'.");
        }

        return Fault(schema, []) is var (path, fault) ? OpenAiErrors.NotStrict(what, param, code, path, fault) : null;
    }

    private static (IReadOnlyList<string> Path, string Fault)? Fault(JsonElement schema, IReadOnlyList<string> path)
    {
        if (schema.ValueKind != JsonValueKind.Object || path.Count > MaxDepth)
            return null;
        var hasProperties = schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object;
        if ((hasProperties || TypeOf(schema) == "object") && Closed(schema, hasProperties ? properties : default) is { } fault)
            return (path, fault);

        foreach (var child in hasProperties ? properties.EnumerateObject() : default)
        {
            if (Fault(child.Value, [.. path, "properties", child.Name]) is { } found)
                return found;
        }

        if (schema.TryGetProperty("items", out var items) && Fault(items, [.. path, "items"]) is { } inItems)
            return inItems;
        foreach (var keyword in (ReadOnlySpan<string>)["$defs", "definitions"])
        {
            if (!schema.TryGetProperty(keyword, out var definitions) || definitions.ValueKind != JsonValueKind.Object)
                continue;
            foreach (var definition in definitions.EnumerateObject())
            {
                if (Fault(definition.Value, [.. path, keyword, definition.Name]) is { } found)
                    return found;
            }
        }

        if (!schema.TryGetProperty("anyOf", out var options) || options.ValueKind != JsonValueKind.Array)
            return null;
        var index = 0;
        foreach (var option in options.EnumerateArray())
        {
            if (Fault(option, [.. path, "anyOf", index.ToString()]) is { } found)
                return found;
            index++;
        }

        return null;
    }

    private static string? Closed(JsonElement schema, JsonElement properties)
    {
        if (!schema.TryGetProperty("additionalProperties", out var additional) || additional.ValueKind != JsonValueKind.False)
            return "'additionalProperties' is required to be supplied and to be false.";
        if (properties.ValueKind != JsonValueKind.Object)
            return null;
        var required = schema.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).ToHashSet()
            : [];
        foreach (var property in properties.EnumerateObject())
        {
            if (!required.Contains(property.Name))
            {
                return "'required' is required to be supplied and to be an array including every key in properties. "
                    + $"Missing '{property.Name}'.";
            }
        }

        return null;
    }

    private static string? TypeOf(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out var type)
            ? type.ValueKind == JsonValueKind.String ? type.GetString() : null
            : null;
}
