using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.Google;

/// <summary>
/// Checks of single fields with Google's words; each returns null when the field is absent, null or right. As in all JSON of protocol buffers a field
/// may be written in lowerCamelCase or in snake_case.
/// </summary>
internal static class GoogleFields
{
    /// <param name="name">In lowerCamelCase.</param>
    public static bool Has(JsonElement parent, string name, out JsonElement value) =>
        (parent.TryGetProperty(name, out value) || parent.TryGetProperty(Snake(name), out value)) && value.ValueKind != JsonValueKind.Null;

    /// <param name="known">In lowerCamelCase.</param>
    public static Refusal? Message(JsonElement value, string at, params ReadOnlySpan<string> known)
    {
        if (value.ValueKind != JsonValueKind.Object)
            return GoogleErrors.InvalidValue(at, "Message", value.GetRawText());
        foreach (var property in value.EnumerateObject())
        {
            if (!IsKnown(property.Name, known))
                return GoogleErrors.UnknownName(property.Name, at);
        }

        return null;
    }

    public static Refusal? Text(JsonElement parent, string name, string at) =>
        Has(parent, name, out var value) && value.ValueKind != JsonValueKind.String
            ? GoogleErrors.InvalidValue(Path(at, name), "TYPE_STRING", value.GetRawText())
            : null;

    public static Refusal? Flag(JsonElement parent, string name, string at) =>
        Has(parent, name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            ? GoogleErrors.InvalidValue(Path(at, name), "TYPE_BOOL", value.GetRawText())
            : null;

    public static Refusal? Integer(JsonElement parent, string name, string at) =>
        Has(parent, name, out var value) && ReadInteger(value) is null
            ? GoogleErrors.InvalidValue(Path(at, name), "TYPE_INT32", value.GetRawText())
            : null;

    /// <summary>Numbers may be written as strings too; null when the value is no whole number of 32 bits.</summary>
    public static int? ReadInteger(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out var number) => number,
        JsonValueKind.Number when value.GetDouble() is var real && Math.Floor(real) == real && Math.Abs(real) <= int.MaxValue => (int)real,
        JsonValueKind.String when int.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    public static Refusal? Float(JsonElement parent, string name, string at, double least, double most)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            return GoogleErrors.InvalidValue(Path(at, name), "TYPE_FLOAT", value.GetRawText());
        var number = value.GetDouble();
        return number >= least && number <= most
            ? null
            : GoogleErrors.Check(
                "GenerateContentRequest", Path(at, name),
                string.Create(CultureInfo.InvariantCulture, $"{Snake(name)} must be in the range [{least:0.0}, {most:0.0}]."));
    }

    public static Refusal? Choice(JsonElement parent, string name, string at, string type, params ReadOnlySpan<string> allowed) =>
        Has(parent, name, out var value) && !(value.ValueKind == JsonValueKind.String && allowed.Contains(value.GetString()!))
            ? GoogleErrors.InvalidValue(Path(at, name), $"type.googleapis.com/google.ai.generativelanguage.v1beta.{type}", value.GetRawText())
            : null;

    public static Refusal? List(JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.Array ? null : GoogleErrors.InvalidValue(at, "TYPE_LIST", value.GetRawText());

    /// <summary>Paths in errors are in snake_case.</summary>
    public static string Path(string at, string name) => at.Length > 0 ? $"{at}.{Snake(name)}" : Snake(name);

    private static bool IsKnown(string name, ReadOnlySpan<string> known)
    {
        foreach (var candidate in known)
        {
            if (name == candidate || name == Snake(candidate))
                return true;
        }

        return false;
    }

    private static string Snake(string name) => string.Concat(name.Select(c => char.IsAsciiLetterUpper(c) ? $"_{char.ToLowerInvariant(c)}" : c.ToString()));
}
