using System.Text.Json;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Checks of single fields with OpenAI's words; each returns null when the field is absent, null or right.</summary>
internal static class OpenAiFields
{
    public static Refusal? Number(JsonElement parent, string name, double least, double most)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            return OpenAiErrors.WrongType(name, "a decimal", Describe(value));
        return Range(name, "decimal", value, least, most);
    }

    public static Refusal? Integer(JsonElement parent, string name, double least = long.MinValue, double most = long.MaxValue)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out _))
            return OpenAiErrors.WrongType(name, "an integer", Describe(value));
        return Range(name, "integer", value, least, most);
    }

    public static Refusal? Boolean(JsonElement parent, string name) =>
        Has(parent, name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            ? OpenAiErrors.WrongType(name, "a boolean", Describe(value))
            : null;

    public static Refusal? Text(JsonElement parent, string name) =>
        Has(parent, name, out var value) && value.ValueKind != JsonValueKind.String ? OpenAiErrors.WrongType(name, "a string", Describe(value)) : null;

    public static Refusal? Object(JsonElement parent, string name) =>
        Has(parent, name, out var value) && value.ValueKind != JsonValueKind.Object ? OpenAiErrors.WrongType(name, "an object", Describe(value)) : null;

    public static Refusal? Choice(JsonElement parent, string name, params ReadOnlySpan<string> allowed)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.String)
            return OpenAiErrors.WrongType(name, "a string", Describe(value));
        return allowed.Contains(value.GetString()!) ? null : OpenAiErrors.WrongValue(name, value.GetString()!, List(allowed));
    }

    public static Refusal? OnlyKnown(JsonElement value, string at, params ReadOnlySpan<string> known)
    {
        foreach (var property in value.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                return OpenAiErrors.UnknownParameter($"{at}.{property.Name}");
        }

        return null;
    }

    /// <summary>Whether the field is there and not null.</summary>
    public static bool Has(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "a string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "an integer" : "a decimal number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        _ => "null",
    };

    /// <summary>'a', 'b', and 'c'.</summary>
    public static string List(ReadOnlySpan<string> values)
    {
        var quoted = new string[values.Length];
        for (var i = 0; i < quoted.Length; i++)
            quoted[i] = $"'{values[i]}'";
        return quoted.Length < 2 ? string.Concat(quoted) : $"{string.Join(", ", quoted[..^1])}, and {quoted[^1]}";
    }

    private static Refusal? Range(string name, string kind, JsonElement value, double least, double most) =>
        value.GetDouble() < least ? OpenAiErrors.BelowMinimum(name, kind, least, value.GetRawText())
        : value.GetDouble() > most ? OpenAiErrors.AboveMaximum(name, kind, most, value.GetRawText())
        : null;
}
