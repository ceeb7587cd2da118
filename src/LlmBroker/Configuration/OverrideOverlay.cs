using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace LlmBroker.Configuration;

/// <summary>Writes overrides over the document, the oldest first, so that of two for one member the later counts.</summary>
internal static class OverrideOverlay
{
    /// <summary>The sections that a running process follows. The others say where RabbitMQ and the ledger are, and are read at start.</summary>
    public static readonly string[] Sections = ["providers", "models", "deployments", "policies", "routing", "lanes", "limits"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Changes <paramref name="tree"/> in place.</summary>
    public static void Apply(JsonObject tree, IEnumerable<ConfigurationOverride> overrides, ICollection<ConfigurationFinding> faults)
    {
        foreach (var change in overrides)
        {
            if (Locate(tree, change.Path, faults) is not { } names)
                continue;
            if (TryParse(change.Value, out var value))
                Write(tree, names, value);
            else
                faults.Add(new(change.Path, "its value is no JSON, or names a member twice; set it anew"));
        }
    }

    /// <summary>Reads a value; false when it is no JSON or names a member twice.</summary>
    public static bool TryParse(string json, out JsonNode? value)
    {
        try
        {
            value = JsonNode.Parse(json, documentOptions: Strict);
            return true;
        }
        catch (JsonException)
        {
            value = null;
            return false;
        }
    }

    /// <summary>The path in the one form in which it is stored; null, with a fault, when there can be no such member.</summary>
    public static string? Normalize(JsonObject tree, string path, ICollection<ConfigurationFinding> faults) =>
        Locate(tree, path, faults)?.Aggregate("", ConfigurationPath.Of);

    /// <summary>What stands at a path; null when nothing does.</summary>
    public static JsonNode? Read(JsonObject tree, string path)
    {
        JsonNode? node = tree;
        foreach (var name in Locate(tree, path, []) ?? [])
            node = node is JsonObject section && section.TryGetPropertyValue(name, out var inner) ? inner : null;
        return node;
    }

    private static List<string>? Locate(JsonObject tree, string path, ICollection<ConfigurationFinding> faults)
    {
        if (ConfigurationPath.Parse(path) is not { } parts)
        {
            faults.Add(new(path, "is no path; write it as deployments.openai-mini.weight, a name with dots as models['gpt-4.1'].price"));
            return null;
        }

        if (!Sections.Contains(parts[0].Name))
        {
            faults.Add(new(path, $"is not changed at run time; these sections are: {string.Join(", ", Sections)}. Change the others in the file and restart"));
            return null;
        }

        var names = new List<string>();
        var (section, type) = ((JsonObject?)tree, ConfigurationJson.Options.GetTypeInfo(typeof(BrokerOptions)));
        for (var i = 0; i < parts.Count;)
        {
            if (Member(parts, i, section, type) is not var (name, length, memberType))
            {
                var known = type.Kind == JsonTypeInfoKind.Object ? type.Properties.Select(property => property.Name).ToArray() : [];
                var hint = NearestName.Of(parts[i].Name, known) is { } nearest ? $"did you mean '{nearest}'?" : $"known there: {ValueText.ListOf(known)}";
                faults.Add(new(path, $"there is no member '{parts[i].Name}'; {hint}"));
                return null;
            }

            names.Add(name);
            section = section?[name] as JsonObject;
            type = ConfigurationJson.Options.GetTypeInfo(memberType);
            i += length;
        }

        return names;
    }

    private static (string Name, int Length, Type Type)? Member(
        IReadOnlyList<(string Name, bool Quoted)> parts, int index, JsonObject? section, JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object)
            return type.Properties.FirstOrDefault(known => known.Name == parts[index].Name) is { } property ? (property.Name, 1, property.PropertyType) : null;
        if (type.Kind != JsonTypeInfoKind.Dictionary)
            return null;

        // models.gpt-4.1.price means the entry gpt-4.1, when there is one: people do not quote what is not ambiguous.
        for (var length = parts.Count - index; length > 1; length--)
        {
            var joined = string.Join('.', parts.Skip(index).Take(length).Select(part => part.Name));
            if (section?.ContainsKey(joined) == true)
                return (joined, length, type.ElementType!);
        }

        return (parts[index].Name, 1, type.ElementType!);
    }

    private static void Write(JsonObject tree, List<string> names, JsonNode? value)
    {
        var section = tree;
        foreach (var name in names.SkipLast(1))
        {
            if (section[name] is not JsonObject inner)
            {
                // What is not there need not be made to be taken away.
                if (value is null)
                    return;
                section[name] = inner = [];
            }

            section = inner;
        }

        if (value is null)
            section.Remove(names[^1]);
        else
            section[names[^1]] = value;
    }
}
