using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.Anthropic;

/// <summary>Checks of single fields with Anthropic's words; each returns null when an optional field is absent or right. Null is not absent here.</summary>
internal static class AnthropicFields
{
    public static Refusal? Number(JsonElement parent, string name, double least, double most)
    {
        if (!parent.TryGetProperty(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number ? Range(name, value.GetDouble(), least, most) : AnthropicErrors.WrongType(name, "a valid number");
    }

    public static Refusal? Integer(JsonElement parent, string name, double least, double most = int.MaxValue)
    {
        if (!parent.TryGetProperty(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? Range(name, number, least, most)
            : AnthropicErrors.WrongType(name, "a valid integer");
    }

    public static Refusal? Boolean(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            ? AnthropicErrors.WrongType(name, "a valid boolean")
            : null;

    public static Refusal? Object(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Object ? AnthropicErrors.WrongType(name, "an object") : null;

    public static Refusal? Choice(JsonElement parent, string name, params ReadOnlySpan<string> allowed)
    {
        if (!parent.TryGetProperty(name, out var value) || (value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString()!)))
            return null;
        return AnthropicErrors.WrongType(name, List(allowed));
    }

    public static Refusal? RequiredText(JsonElement parent, string at, string name)
    {
        if (!parent.TryGetProperty(name, out var value))
            return AnthropicErrors.Required($"{at}{name}");
        return value.ValueKind == JsonValueKind.String ? null : AnthropicErrors.WrongType($"{at}{name}", "a valid string");
    }

    public static Refusal? OnlyKnown(JsonElement value, string at, params ReadOnlySpan<string> known)
    {
        foreach (var property in value.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                return AnthropicErrors.Extra($"{at}{property.Name}");
        }

        return null;
    }

    /// <summary>'a', 'b' or 'c'.</summary>
    public static string List(ReadOnlySpan<string> values)
    {
        var quoted = new string[values.Length];
        for (var i = 0; i < quoted.Length; i++)
            quoted[i] = $"'{values[i]}'";
        return quoted.Length < 2 ? string.Concat(quoted) : $"{string.Join(", ", quoted[..^1])} or {quoted[^1]}";
    }

    private static Refusal? Range(string name, double value, double least, double most) =>
        value < least ? AnthropicErrors.WrongType(name, string.Create(CultureInfo.InvariantCulture, $"greater than or equal to {least}"))
        : value > most ? AnthropicErrors.WrongType(name, string.Create(CultureInfo.InvariantCulture, $"less than or equal to {most}"))
        : null;
}
