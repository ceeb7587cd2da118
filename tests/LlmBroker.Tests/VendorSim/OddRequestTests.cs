using System.Text.Json.Nodes;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
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
        {"model":"gpt","messages":[{"role":"user","content":"json"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":false,"schema":
         {"type":"object","required":["a","b","c"],"properties":{"a":{"$ref":"#/$defs/x"},"b":{"anyOf":[{"type":"integer","minimum":3}]},"c":{"type":["string","null"]}},
          "allOf":[{"required":["d"],"properties":{"d":{"enum":["e"]}}}],"$defs":{"x":{"type":"array","minItems":1,"items":{"type":"number","multipleOf":2}}}}}}}
        """)]
    [InlineData(RunningSim.ChatPath, """
        {"model":"gpt","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":
         {"type":"object","required":["a","b"],"additionalProperties":false,"properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{"anyOf":[{"type":"null"},
          {"$ref":"#/$defs/x"}]}},"$defs":{"x":{"type":"object","properties":{},"required":[],"additionalProperties":false}}}}}}
        """)]
    [InlineData(RunningSim.MessagesPath, """
        {"model":"claude","max_tokens":50,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":"hi"},
         {"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"42"}]}],
         "tools":[{"name":"f","input_schema":{"type":"object","required":["a"],"properties":{"a":{"type":"boolean"}}}}],"tool_choice":{"type":"tool","name":"f"},
         "stop_sequences":["s"],"temperature":1,"top_k":1,"metadata":{"user_id":"u"},"thinking":{"type":"disabled"},"service_tier":"auto"}
        """)]
    [InlineData(RunningSim.ResponsesPath, """
        {"model":"gpt","instructions":"json","input":[{"role":"user","content":[{"type":"input_text","text":"t"},{"type":"input_image","image_url":"https://example.com/u.png"}]},
         {"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"42"}],
         "tools":[{"type":"function","name":"f","parameters":{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}}],"tool_choice":{"type":"function","name":"f"},
         "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}},"verbosity":"low"},"max_output_tokens":50,"temperature":1,"metadata":{"k":"v"},
         "include":["message.output_text.logprobs"],"top_logprobs":2,"parallel_tool_calls":false,"truncation":"auto","store":false}
        """)]
    [InlineData(RunningSim.AzurePath, """
        {"messages":[{"role":"user","content":[{"type":"text","text":"t"}]}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required","seed":1,"max_tokens":50}
        """)]
    [InlineData(RunningSim.ConversePath, """
        {"system":[{"text":"s"}],"messages":[{"role":"user","content":[{"text":"hi"},{"image":{"format":"png","source":{"bytes":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}}}]},
         {"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":{}}}]},
         {"role":"user","content":[{"toolResult":{"toolUseId":"a","content":[{"json":{"a":1}},{"text":"t"}],"status":"success"}}]}],
         "inferenceConfig":{"maxTokens":50,"temperature":1,"topP":1,"stopSequences":["s"]},
         "toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object","required":["a"],"properties":{"a":{"type":"boolean"}}}}}}],
          "toolChoice":{"tool":{"name":"f"}}},"outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"n","schema":"{\"type\":\"object\"}"}}}},"requestMetadata":{"k":"v"}}
        """)]
    [InlineData(RunningSim.GeminiPath, """
        {"systemInstruction":{"parts":[{"text":"s"}]},"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}}]},
         {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"a":1}}}]}],
         "tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","required":["a"],"properties":{"a":{"type":"STRING","minLength":"2","nullable":true}}}}]}],
         "toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"safetySettings":[{"category":"HARM_CATEGORY_HARASSMENT","threshold":"OFF"}],
         "generationConfig":{"temperature":1,"topP":1,"topK":1,"seed":1,"maxOutputTokens":50,"stopSequences":["s"],"candidateCount":1,"responseLogprobs":true,"logprobs":2,
          "responseMimeType":"application/json","responseSchema":{"type":"ARRAY","minItems":"1","items":{"anyOf":[{"type":"NUMBER"}]}},"thinkingConfig":{"includeThoughts":true,"thinkingBudget":8}}}
        """)]
    [InlineData("/v1beta/models/vectors:batchEmbedContents", """
        {"requests":[{"model":"models/vectors","content":{"parts":[{"text":"a"}]},"taskType":"CLUSTERING","outputDimensionality":4}]}
        """)]
    [InlineData("/v1/projects/p/locations/l/publishers/google/models/vectors:predict", """
        {"instances":[{"content":"a","task_type":"CLUSTERING"}],"parameters":{"outputDimensionality":4,"autoTruncate":false}}
        """)]
    [InlineData("/model/titan/invoke", """{"inputText":"a","dimensions":4,"normalize":true}""")]
    [InlineData("/model/titan/invoke", """{"texts":["a"],"input_type":"search_query","truncate":"END","embedding_types":["float"]}""")]
    [InlineData(RunningSim.RouterPath, """{"model":"org/chat","messages":[{"role":"user","content":"hi"}],"max_tokens":50,"temperature":1}""")]
    [InlineData(RunningSim.TranslatorPath, """{"inputs":["a","b"],"parameters":{"src_lang":"en","tgt_lang":"es","truncation":"only_first","generate_parameters":{"max_new_tokens":9}}}""")]
    [InlineData("/hf-inference/models/org/zero-shot", """{"inputs":"a","parameters":{"candidate_labels":["b"],"multi_label":true,"hypothesis_template":"{}"}}""")]
    [InlineData("/hf-inference/models/org/qa", """{"inputs":{"question":"a","context":"b"},"parameters":{"top_k":2}}""")]
    [InlineData("/v1/embeddings", """{"model":"embedding","input":["a","b"],"encoding_format":"float","dimensions":4,"user":"u"}""")]
    public async Task Any_value_replaced_by_a_wrong_one_is_answered_and_logged(string path, string request)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models =
            [
                RunningSim.Gpt with { ContextWindow = 100_000 }, RunningSim.Claude, RunningSim.Embedding, RunningSim.Azure, RunningSim.Converse,
                RunningSim.Gemini, RunningSim.Router, RunningSim.Translator,
                RunningSim.Gemini with { Name = "vectors", EmbeddingDimensions = 8 }, RunningSim.Converse with { Name = "titan", EmbeddingDimensions = 8 },
                RunningSim.Translator with { Name = "org/zero-shot", Task = TextTask.ZeroShotClassification },
                RunningSim.Translator with { Name = "org/qa", Task = TextTask.QuestionAnswering },
            ],
        });
        var (sane, answer) = await sim.PostJsonAsync(path, request);
        Assert.True(sane == 200, answer.GetRawText());
        var bodies = Paths(JsonNode.Parse(request)!).SelectMany(place => Replacements.Select(replacement => Replace(request, place, replacement))).ToList();

        foreach (var body in bodies)
        {
            using var response = await sim.PostAsync(path, body);
            Assert.True((int)response.StatusCode is 200 or 400 or 403 or 404 or 422, $"{(int)response.StatusCode} for {body}");
        }

        Assert.Equal(bodies.Count + 1, sim.Sim.Calls.Count);
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
