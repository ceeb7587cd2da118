using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Calls;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>
/// Checks of single fields with AWS's words; each returns null when an optional field is absent, null or right. A value of the wrong JSON type
/// is a SerializationException, one out of bounds a ValidationException.
/// </summary>
internal static class BedrockFields
{
    /// <summary>Whether the field is there and not null.</summary>
    public static bool Has(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    public static Refusal? Object(JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.Object ? null : BedrockErrors.Serialization($"Expected a structure at '{at}', but found {Token(value)}");

    public static Refusal? List(JsonElement value, string at) =>
        value.ValueKind == JsonValueKind.Array ? null : BedrockErrors.Serialization($"Expected a list at '{at}', but found {Token(value)}");

    public static Refusal? Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? null : BedrockErrors.Serialization($"{Token(value)} can not be converted to a String");

    public static Refusal? Integer(JsonElement parent, string name, string at, int least)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number))
            return BedrockErrors.Serialization($"{Token(value)} can not be converted to an Integer");
        return number >= least
            ? null
            : BedrockErrors.Constraint($"'{number}'", $"{at}.{name}", $"Member must have value greater than or equal to {least}");
    }

    public static Refusal? Share(JsonElement parent, string name, string at)
    {
        if (!Has(parent, name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number)
            return BedrockErrors.Serialization($"{Token(value)} can not be converted to a Float");
        var text = value.GetDouble().ToString(CultureInfo.InvariantCulture);
        return value.GetDouble() switch
        {
            < 0 => BedrockErrors.Constraint($"'{text}'", $"{at}.{name}", "Member must have value greater than or equal to 0"),
            > 1 => BedrockErrors.Constraint($"'{text}'", $"{at}.{name}", "Member must have value less than or equal to 1"),
            _ => null,
        };
    }

    public static Refusal? RequiredText(JsonElement parent, string name, string at)
    {
        if (!Has(parent, name, out var value))
            return BedrockErrors.Missing($"{at}.{name}");
        return Text(value);
    }

    public static Refusal? Choice(JsonElement value, string at, params ReadOnlySpan<string> allowed)
    {
        if (Text(value) is { } wrong)
            return wrong;
        return allowed.Contains(value.GetString()!)
            ? null
            : BedrockErrors.Constraint($"'{value.GetString()}'", at, $"Member must satisfy enum value set: [{string.Join(", ", allowed!)}]");
    }

    /// <summary>The one member of a union that is set, or why there is none.</summary>
    public static Refusal? Union(JsonElement value, string at, ReadOnlySpan<string> members, out JsonProperty member)
    {
        member = default;
        if (Object(value, at) is { } wrong)
            return wrong;
        var set = 0;
        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Null)
                continue;
            if (!members.Contains(property.Name))
                return BedrockErrors.Invalid($"The format of the value at {at} is invalid. It has the unknown member {property.Name}.");
            member = property;
            set++;
        }

        return set == 1
            ? null
            : BedrockErrors.Invalid(
                $"The format of the value at {at} is invalid. Provide a single object with exactly one of these keys: {string.Join(", ", members!)}.");
    }

    private static string Token(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => "STRING_VALUE",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "NUMBER_VALUE" : "DECIMAL_VALUE",
        JsonValueKind.True => "TRUE_VALUE",
        JsonValueKind.False => "FALSE_VALUE",
        JsonValueKind.Object => "START_OBJECT",
        JsonValueKind.Array => "START_ARRAY",
        _ => "NULL_VALUE",
    };
}
