using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using Xunit;

namespace LlmBroker.Tests.Providers;

/// <summary>Schemas out of OpenAI's published description of its API, which lies beside the repository and is not part of it.</summary>
internal static class OpenAiSchema
{
    private const string Prefix = "#/components/schemas/";

    // Megabytes to parse; tests of one class run one after the other.
    private static JsonObject? s_schemas;

    /// <summary>What the schema of that name finds wrong. Skips the test where the description is absent.</summary>
    public static async Task<string[]> FaultsAsync(string name, string json)
    {
        s_schemas ??= JsonNode.Parse(await File.ReadAllTextAsync(FindDescription(), TestContext.Current.CancellationToken))!["components"]!["schemas"]!.AsObject();
        var definitions = new JsonObject();
        Collect(name, s_schemas, definitions);
        var schema = await JsonSchema.FromJsonAsync(
            new JsonObject { ["$ref"] = $"#/definitions/{name}", ["definitions"] = definitions }.ToJsonString(), TestContext.Current.CancellationToken);
        return [.. schema.Validate(json).Select(fault => fault.ToString())];
    }

    private static void Collect(string name, JsonObject schemas, JsonObject definitions)
    {
        if (definitions.ContainsKey(name))
            return;

        var schema = schemas[name]!.DeepClone();
        definitions[name] = schema;
        Relocate(schema, schemas, definitions);
    }

    private static void Relocate(JsonNode? node, JsonObject schemas, JsonObject definitions)
    {
        if (node is JsonArray items)
            foreach (var item in items)
                Relocate(item, schemas, definitions);
        if (node is not JsonObject members)
            return;

        if (members["$ref"] is { } reference && reference.GetValueKind() == JsonValueKind.String && reference.GetValue<string>().StartsWith(Prefix, StringComparison.Ordinal))
        {
            var target = reference.GetValue<string>()[Prefix.Length..];
            members["$ref"] = $"#/definitions/{target}";
            Collect(target, schemas, definitions);
        }

        // The unions of the description overlap (a message is also an easy message): what fits two of their members is as good as what fits one.
        if (members["oneOf"] is JsonArray union && members["anyOf"] is null)
        {
            members.Remove("oneOf");
            members["anyOf"] = union;
        }

        foreach (var member in members.ToList())
            Relocate(member.Value, schemas, definitions);
    }

    private static string FindDescription()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "specs", "openai.json");
            if (File.Exists(path))
                return path;
        }

        Assert.Skip("The description of OpenAI's API is not here: ../shared/specs/openai.json, beside the repository.");
        return "";
    }
}
