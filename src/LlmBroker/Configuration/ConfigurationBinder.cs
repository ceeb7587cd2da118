using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace LlmBroker.Configuration;

/// <summary>Turns the tree into options. Finds every member that is unknown, missing or of the wrong type, not only the first.</summary>
internal static class ConfigurationBinder
{
    /// <summary>The member by which editors find the schema.</summary>
    private const string SchemaMember = "$schema";

    /// <summary>The options; where the tree has faults, with defaults in their places. Removes faulty members from <paramref name="tree"/>.</summary>
    public static BrokerOptions Bind(JsonObject tree, ICollection<ConfigurationFinding> faults)
    {
        tree.Remove(SchemaMember);
        CheckObject(tree, ConfigurationJson.Options.GetTypeInfo(typeof(BrokerOptions)), "", faults);
        return tree.Deserialize<BrokerOptions>(ConfigurationJson.Lenient)!;
    }

    private static bool Check(JsonNode? node, Type type, bool nullable, string path, ICollection<ConfigurationFinding> faults)
    {
        if (node is null)
        {
            if (!nullable)
                faults.Add(new(path, "is null; give a value, or leave it out for the default"));
            return nullable;
        }

        // Free form: a plug-in's own.
        if (Nullable.GetUnderlyingType(type) == typeof(JsonElement))
            return true;

        var info = ConfigurationJson.Options.GetTypeInfo(type);
        switch (info.Kind, node)
        {
            case (JsonTypeInfoKind.Object, JsonObject section):
                CheckObject(section, info, path, faults);
                return true;
            case (JsonTypeInfoKind.Dictionary, JsonObject entries):
                CheckEntries(entries, info.ElementType!, path, faults);
                return true;
            case (JsonTypeInfoKind.Enumerable, JsonArray items):
                return items.Select((item, index) => Check(item, info.ElementType!, nullable: false, $"{path}[{index}]", faults)).ToArray().All(ok => ok);
            case (JsonTypeInfoKind.None, JsonValue value) when IsReadable(value, info):
                return true;
            default:
                faults.Add(new(path, $"is {Describe(node, type)}; expected {Expectation(info)}"));
                return false;
        }
    }

    private static void CheckObject(JsonObject section, JsonTypeInfo info, string path, ICollection<ConfigurationFinding> faults)
    {
        foreach (var (name, node) in section.ToArray())
        {
            var memberPath = ConfigurationPath.Of(path, name);
            if (info.Properties.FirstOrDefault(property => property.Name == name) is not { } known)
            {
                var names = info.Properties.Select(property => property.Name).ToArray();
                var hint = NearestName.Of(name, names) is { } nearest ? $"did you mean '{nearest}'?" : $"known here: {ValueText.ListOf(names)}";
                faults.Add(new(memberPath, $"there is no such member; {hint}"));
                section.Remove(name);
            }
            else if (!Check(node, known.PropertyType, known.IsSetNullable, memberPath, faults))
            {
                section.Remove(name);
            }
        }

        foreach (var required in info.Properties.Where(property => property.IsRequired && !section.ContainsKey(property.Name)))
        {
            var memberPath = ConfigurationPath.Of(path, required.Name);
            if (!faults.Any(fault => fault.Path == memberPath))
                faults.Add(new(memberPath, $"is missing; expected {Expectation(ConfigurationJson.Options.GetTypeInfo(required.PropertyType))}"));
        }
    }

    private static void CheckEntries(JsonObject entries, Type type, string path, ICollection<ConfigurationFinding> faults)
    {
        foreach (var (name, node) in entries.ToArray())
            if (!Check(node, type, nullable: false, ConfigurationPath.Of(path, name), faults))
                entries.Remove(name);
    }

    private static bool IsReadable(JsonValue value, JsonTypeInfo info)
    {
        try
        {
            value.Deserialize(info);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // The value is shown only where the member cannot be meant to hold a secret.
    private static string Describe(JsonNode node, Type type) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Number when type != typeof(SecretOptions) && type != typeof(string) => $"the number {node.ToJsonString()}",
        JsonValueKind.Number => "a number",
        JsonValueKind.String when type == typeof(Uri) => $"the text {ValueText.Of(node.GetValue<string>())}",
        JsonValueKind.String when type.IsValueType => $"the text '{node.GetValue<string>()}'",
        JsonValueKind.String => "a text",
        _ => node.ToJsonString(ConfigurationJson.Options),
    };

    private static string Expectation(JsonTypeInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        if (type == typeof(SecretOptions))
            return """where the secret is read from: { "env": "NAME" } or { "file": "PATH" }""";
        if (type == typeof(TimeSpan))
            return "a duration such as \"500ms\", \"30s\", \"2m\", \"1h\" or \"00:00:30\"";
        if (type == typeof(Uri))
            return "an address such as \"https://host/path\"";
        if (type == typeof(string))
            return "a text in quotes";
        if (type == typeof(bool))
            return "true or false";
        if (type == typeof(double) || type == typeof(decimal))
            return "a number";
        if (type == typeof(ushort))
            return $"a whole number from 0 to {ushort.MaxValue}";
        if (type.IsPrimitive)
            return "a whole number";
        return info.Kind == JsonTypeInfoKind.Enumerable ? "an array" : "an object";
    }
}
