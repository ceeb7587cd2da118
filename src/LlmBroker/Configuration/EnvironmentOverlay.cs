using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace LlmBroker.Configuration;

/// <summary>
/// Writes environment variables over the document: <c>LLMBROKER__LANES__BULK__PATIENCE=10m</c>. Case does not matter. A character of an
/// entry's name that a shell does not allow in a variable may be written as an underscore: <c>LLMBROKER__MODELS__GPT_4_1__TIER</c>.
/// Lists are separated by commas; an empty value takes the member away.
/// </summary>
internal static class EnvironmentOverlay
{
    public const string Prefix = "LLMBROKER__";

    /// <summary>Changes <paramref name="tree"/> in place.</summary>
    /// <returns>The variable behind each path that was set.</returns>
    public static IReadOnlyDictionary<string, string> Apply(
        JsonObject tree, IReadOnlyDictionary<string, string> environment, ICollection<ConfigurationFinding> faults)
    {
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (variable, value) in environment.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
                continue;
            if (Set(tree, variable, value, faults) is { } path && !origins.TryAdd(path, variable))
                faults.Add(new(path, $"is set by {origins[path]} and by {variable}; unset one of them"));
        }

        return origins;
    }

    private static string? Set(JsonObject tree, string variable, string value, ICollection<ConfigurationFinding> faults)
    {
        var (section, type, path) = (tree, ConfigurationJson.Options.GetTypeInfo(typeof(BrokerOptions)), "");
        var segments = variable[Prefix.Length..].Split("__");
        for (var i = 0; ; i++)
        {
            if (Find(segments[i], section, type) is not { } member)
            {
                var hint = NearestName.Of(segments[i], NamesIn(type)) is { } nearest ? $"did you mean {nearest.ToUpperInvariant()}?" : "unset it";
                faults.Add(new(variable, $"{(path.Length == 0 ? "the configuration" : path)} has no member '{segments[i]}'; {hint}"));
                return null;
            }

            path = ConfigurationPath.Of(path, member.Name);
            type = ConfigurationJson.Options.GetTypeInfo(member.Type);
            if (i == segments.Length - 1)
            {
                if (type.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary)
                {
                    faults.Add(new(variable, $"{path} is a section, not a value; set one of its members: {variable}__…"));
                    return null;
                }

                section[member.Name] = ToNode(value, type);
                return path;
            }

            if (section[member.Name] is not JsonObject inner)
                section[member.Name] = inner = [];
            section = inner;
        }
    }

    private static (string Name, Type Type)? Find(string segment, JsonObject section, JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object)
        {
            var property = type.Properties.FirstOrDefault(known => known.Name.Equals(segment, StringComparison.OrdinalIgnoreCase));
            return property is null ? null : (property.Name, property.PropertyType);
        }

        if (type.Kind != JsonTypeInfoKind.Dictionary || segment.Length == 0)
            return null;
        var entries = section.Select(member => member.Key).ToArray();
        var entry = entries.FirstOrDefault(key => key.Equals(segment, StringComparison.OrdinalIgnoreCase))
            ?? entries.FirstOrDefault(key => AsVariable(key) == AsVariable(segment));
        return (entry ?? segment, type.ElementType!);
    }

    private static string AsVariable(string name) =>
        string.Create(name.Length, name, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                target[i] = char.IsAsciiLetterOrDigit(source[i]) ? char.ToUpperInvariant(source[i]) : '_';
        });

    private static IEnumerable<string> NamesIn(JsonTypeInfo type) => type.Properties.Select(property => property.Name);

    // Text that is not of the member's type stays text: the binder then reports it like the same mistake in the file.
    private static JsonNode? ToNode(string value, JsonTypeInfo type)
    {
        if (value.Length == 0)
            return null;
        if (type.Kind == JsonTypeInfoKind.Enumerable)
            return new JsonArray([.. value.Split(',', StringSplitOptions.TrimEntries).Select(item => JsonValue.Create(item))]);

        var target = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        if (target == typeof(bool) && bool.TryParse(value, out var boolean))
            return JsonValue.Create(boolean);
        if (target.IsPrimitive || target == typeof(decimal))
            return ParseNumber(value) ?? JsonValue.Create(value);
        return JsonValue.Create(value);
    }

    private static JsonValue? ParseNumber(string value)
    {
        try
        {
            return JsonNode.Parse(value) is JsonValue number && number.GetValueKind() == JsonValueKind.Number ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
