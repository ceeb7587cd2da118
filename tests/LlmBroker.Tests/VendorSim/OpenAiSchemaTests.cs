using System.Text.Json.Nodes;
using NJsonSchema;
using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>Answers against OpenAI's own OpenAPI document, where it is at hand.</summary>
public sealed class OpenAiSchemaTests
{
    [Theory]
    [InlineData("CreateChatCompletionResponse", "/v1/chat/completions", """{"model":"gpt","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("CreateChatCompletionResponse", "/v1/chat/completions", """{"model":"gpt","messages":[{"role":"user","content":"hi"}],"n":2,"logprobs":true}""")]
    [InlineData("CreateChatCompletionResponse", "/v1/chat/completions", """{"model":"gpt","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required"}""")]
    [InlineData("CreateEmbeddingResponse", "/v1/embeddings", """{"model":"embedding","input":"hi"}""")]
    [InlineData("ErrorResponse", "/v1/chat/completions", """{"model":"gpt","messages":[]}""")]
    public async Task Answer_is_valid_against_the_vendors_schema(string name, string path, string request)
    {
        var schema = await SchemaAsync(name);
        await using var sim = await RunningSim.StartAsync();

        var (_, answer) = await sim.PostJsonAsync(path, request);

        Assert.Empty(schema.Validate(answer.GetRawText()));
        // Guards against a schema that was read as "anything goes".
        Assert.NotEmpty(schema.Validate("{}"));
    }

    private static async Task<JsonSchema> SchemaAsync(string name)
    {
        var specification = Path.Combine(RepositoryRoot(), "..", "shared", "specs", "openai.json");
        if (!File.Exists(specification))
            Assert.Skip("The vendor's OpenAPI document ../shared/specs/openai.json is not beside the repository.");
        var all = JsonNode.Parse(await File.ReadAllTextAsync(specification, TestContext.Current.CancellationToken))!["components"]!["schemas"]!.AsObject();

        // The schemas reachable from the wanted one, as plain JSON Schema.
        var definitions = new JsonObject();
        Collect(name, all, definitions);
        var root = new JsonObject { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = $"#/definitions/{name}" }), ["definitions"] = definitions };
        return await JsonSchema.FromJsonAsync(root.ToJsonString(), TestContext.Current.CancellationToken);
    }

    private static void Collect(string name, JsonObject all, JsonObject definitions)
    {
        if (definitions.ContainsKey(name))
            return;
        var copy = all[name]!.DeepClone();
        definitions[name] = copy;
        Rewrite(copy, all, definitions);
    }

    private static void Rewrite(JsonNode? node, JsonObject all, JsonObject definitions)
    {
        switch (node)
        {
            case JsonObject schema:
                // OpenAPI's own keyword; plain JSON Schema reads it as a schema.
                schema.Remove("discriminator");
                if (schema["$ref"] is JsonValue reference)
                {
                    var target = reference.GetValue<string>().Split('/')[^1];
                    schema["$ref"] = $"#/definitions/{target}";
                    Collect(target, all, definitions);
                }

                foreach (var (_, child) in schema.ToList())
                    Rewrite(child, all, definitions);
                break;
            case JsonArray list:
                foreach (var child in list.ToList())
                    Rewrite(child, all, definitions);
                break;
        }
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LlmBroker.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("LlmBroker.sln is in no folder above the tests.");
    }
}
