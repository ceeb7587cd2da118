using System.Text.Json.Nodes;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
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
    [InlineData("CreateChatCompletionResponse", "/v1/chat/completions", """{"model":"gpt","messages":[{"role":"user","content":"hi"}],"logprobs":true,"top_logprobs":3,"seed":4,"stop":"x"}""")]
    [InlineData("CreateChatCompletionResponse", "/v1/chat/completions", """{"model":"gpt","messages":[{"role":"user","content":"[[declined]]"}]}""")]
    [InlineData("CreateChatCompletionResponse", "/v1/chat/completions", """{"model":"gpt","messages":[{"role":"user","content":"[[filtered]]"}]}""")]
    [InlineData("Response", "/v1/responses", """{"model":"gpt","input":"hi"}""")]
    [InlineData("Response", "/v1/responses", """{"model":"gpt","instructions":"Be short.","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}],"include":["message.output_text.logprobs"],"top_logprobs":1}""")]
    [InlineData("Response", "/v1/responses", """{"model":"gpt","input":"hi","max_output_tokens":16,"metadata":{"a":"b"},"user":"u","temperature":0.5}""")]
    [InlineData("Response", "/v1/responses", """{"model":"gpt","input":"hi","tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false}],"tool_choice":"required"}""")]
    [InlineData("Response", "/v1/responses", """{"model":"gpt","input":"hi","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object","properties":{"a":{"type":"string"}}}}}}""")]
    [InlineData("Response", "/v1/responses", """{"model":"gpt","input":"[[declined]]"}""")]
    [InlineData("Response", "/v1/responses", """{"model":"o","input":"hi","reasoning":{"effort":"low"}}""")]
    [InlineData("ErrorResponse", "/v1/responses", """{"model":"gpt","input":[]}""")]
    [InlineData("CreateEmbeddingResponse", "/v1/embeddings", """{"model":"embedding","input":"hi"}""")]
    [InlineData("ErrorResponse", "/v1/chat/completions", """{"model":"gpt","messages":[]}""")]
    public async Task Answer_is_valid_against_the_vendors_schema(string name, string path, string request)
    {
        var schema = await SchemaAsync(name);
        SimulatedFault[] faults =
        [
            new() { Kind = FaultKind.Refusal, Marker = "[[declined]]" }, new() { Kind = FaultKind.ContentFilterFinish, Marker = "[[filtered]]" },
        ];
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models =
            [
                RunningSim.Gpt with { Faults = faults },
                RunningSim.Gpt with { Name = "o", IsReasoningModel = true, Tokens = new SimulatedTokens { Reasoning = 20 } },
                RunningSim.Embedding,
            ],
        });

        var (_, answer) = await sim.PostJsonAsync(path, request);

        Assert.Empty(schema.Validate(answer.GetRawText()));
        // Guards against a schema that was read as "anything goes".
        Assert.NotEmpty(schema.Validate("{}"));
    }

    private static async Task<JsonSchema> SchemaAsync(string name)
    {
        var specification = VendorSpecification.Find("openai.json");
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
}
