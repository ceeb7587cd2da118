using System.Text.Json.Nodes;
using LlmBroker.Simulation;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class OddRequestTests
{
    private static readonly string[] Replacements = ["null", "true", "7", "-1.5", "1e300", "\"x\"", "\"\"", "\"\\ud800\"", "[]", "[7]", "[null]", "{}", "{\"type\":7}"];

    [Theory]
    [InlineData(RunningSim.ChatPath, """
        {"model":"gpt","messages":[{"role":"system","content":"json"},{"role":"user","name":"n","content":[{"type":"text","text":"t"},{"type":"image_url","image_url":{"url":"https://example.com/u.png"}}]},
         {"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"42"}],
         "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","required":["a"],"properties":{"a":{"type":"string","minLength":2}}}}}],
         "tool_choice":{"type":"function","function":{"name":"f"}},"stop":["s"],"n":1,"seed":1,"temperature":1,"max_tokens":50,"metadata":{"k":"v"},"logprobs":true,"top_logprobs":2}
        """)]
    [InlineData(RunningSim.ChatPath, """
        {"model":"gpt","messages":[{"role":"user","content":"json"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":
         {"type":"object","required":["a","b","c"],"properties":{"a":{"$ref":"#/$defs/x"},"b":{"anyOf":[{"type":"integer","minimum":3}]},"c":{"type":["string","null"]}},
          "allOf":[{"required":["d"],"properties":{"d":{"enum":["e"]}}}],"$defs":{"x":{"type":"array","minItems":1,"items":{"type":"number","multipleOf":2}}}}}}}
        """)]
    [InlineData(RunningSim.MessagesPath, """
        {"model":"claude","max_tokens":50,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"hi"},
         {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"42"}]}],
         "tools":[{"name":"f","input_schema":{"type":"object","required":["a"],"properties":{"a":{"type":"boolean"}}}}],"tool_choice":{"type":"tool","name":"f"},
         "stop_sequences":["s"],"temperature":1,"top_k":1,"metadata":{"user_id":"u"},"thinking":{"type":"disabled"},"service_tier":"auto"}
        """)]
    [InlineData("/v1/embeddings", """{"model":"embedding","input":["a",[1,2]],"encoding_format":"float","dimensions":4,"user":"u"}""")]
    public async Task Any_value_replaced_by_a_wrong_one_is_answered_and_logged(string path, string request)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models = [RunningSim.Gpt with { ContextWindow = 100_000 }, RunningSim.Claude, RunningSim.Embedding],
        });
        var bodies = Paths(JsonNode.Parse(request)!).SelectMany(place => Replacements.Select(replacement => Replace(request, place, replacement))).ToList();

        foreach (var body in bodies)
        {
            using var response = await sim.PostAsync(path, body);
            Assert.True((int)response.StatusCode is 200 or 400 or 403 or 404, $"{(int)response.StatusCode} for {body}");
        }

        Assert.Equal(bodies.Count, sim.Sim.Calls.Count);
    }

    private static IEnumerable<string> Paths(JsonNode node) => (node switch
    {
        JsonObject fields => fields.Where(field => field.Value is not null).Select(field => field.Value!),
        JsonArray items => items.Where(item => item is not null).Select(item => item!),
        _ => [],
    }).SelectMany(child => Paths(child).Prepend(child.GetPath()));

    private static string Replace(string request, string path, string replacement)
    {
        const string Mark = "\"<here>\"";
        var root = JsonNode.Parse(request)!;
        Find(root, path)!.ReplaceWith("<here>");
        return root.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })
            .Replace(Mark, replacement, StringComparison.Ordinal);
    }

    private static JsonNode? Find(JsonNode node, string path) => node.GetPath() == path ? node : (node switch
    {
        JsonObject fields => fields.Select(field => field.Value),
        JsonArray items => items,
        _ => [],
    }).Where(child => child is not null).Select(child => Find(child!, path)).FirstOrDefault(found => found is not null);
}
