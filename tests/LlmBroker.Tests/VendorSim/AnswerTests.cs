using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;
using NJsonSchema;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class AnswerTests
{
    private const string Person = """
        {"type":"object","additionalProperties":false,"required":["name","age","kind","tags","boss"],"properties":{
          "name":{"type":"string"},"age":{"type":"integer","minimum":18},"kind":{"enum":["a","b"]},
          "tags":{"type":"array","minItems":2,"items":{"type":"string","minLength":3}},"boss":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}}
        """;

    [Fact]
    public async Task Answers_are_marked_as_simulated_and_echo_the_prompt()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat("What is a quorum queue?"));
        var (_, message) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages("What is a quorum queue?"));

        Assert.StartsWith("[simulated gpt] What is a quorum queue?", Content(chat), StringComparison.Ordinal);
        Assert.Equal("simulated", chat.GetProperty("system_fingerprint").GetString());
        Assert.StartsWith("[simulated claude] What is a quorum queue?", message.GetProperty("content")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal("end_turn", message.GetProperty("stop_reason").GetString());
    }

    [Fact]
    public async Task Same_prompt_and_seed_give_the_same_text_and_another_seed_another()
    {
        async Task<string> Answer(long seed)
        {
            await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Seed = seed });
            return Content((await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Body);
        }

        Assert.Equal(await Answer(1), await Answer(1));
        Assert.NotEqual(await Answer(1), await Answer(2));
    }

    [Fact]
    public async Task Output_over_the_callers_limit_ends_with_length()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: ",\"max_completion_tokens\":10"));
        var (_, message) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages().Replace("400", "10", StringComparison.Ordinal));

        Assert.Equal("length", chat.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(10, chat.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("max_tokens", message.GetProperty("stop_reason").GetString());
        Assert.Equal(10, message.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task Output_follows_the_input_where_configured()
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models = [RunningSim.Gpt with { Tokens = new SimulatedTokens { OutputPerInputToken = 2, MinOutput = 30, MaxOutput = 300 } }],
        });

        async Task<int> Output(string prompt) =>
            (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(prompt))).Body.GetProperty("usage").GetProperty("completion_tokens").GetInt32();

        Assert.Equal(30, await Output("hi"));
        Assert.Equal(214, await Output(new string('x', 400 - "user".Length)));
        Assert.Equal(300, await Output(new string('x', 4_000)));
    }

    [Fact]
    public async Task Several_choices_differ_and_are_all_counted()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: ",\"n\":3"));

        Assert.Equal(3, chat.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("message").GetProperty("content").GetString()).Distinct().Count());
        Assert.Equal(3 * 64, chat.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Stop_sequence_cuts_the_answer()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat("one END two", ",\"stop\":\"END\""));
        var (_, message) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages("one END two", ",\"stop_sequences\":[\"END\"]"));

        Assert.Equal("[simulated gpt] one ", Content(chat));
        Assert.Equal("stop_sequence", message.GetProperty("stop_reason").GetString());
        Assert.Equal("END", message.GetProperty("stop_sequence").GetString());
    }

    [Fact]
    public async Task Json_schema_is_answered_with_a_valid_instance()
    {
        await using var sim = await RunningSim.StartAsync();
        var format = $$$$""","response_format":{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{{{{Person}}}}}}""";

        var (status, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: format));

        Assert.Equal(200, status);
        var schema = await JsonSchema.FromJsonAsync(Person, TestContext.Current.CancellationToken);
        Assert.Empty(schema.Validate(Content(chat)));
        Assert.Contains("[simulated gpt]", Content(chat), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_object_is_answered_with_json()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat("Answer in JSON.", ",\"response_format\":{\"type\":\"json_object\"}"));

        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(Content(chat)).ValueKind);
    }

    [Fact]
    public async Task Required_tool_is_called_with_valid_arguments()
    {
        await using var sim = await RunningSim.StartAsync();
        var openAi = $$$$""","tools":[{"type":"function","function":{"name":"find","parameters":{{{{Person}}}}}}],"tool_choice":"required" """;
        var anthropic = $$$$""","tools":[{"name":"find","input_schema":{{{{Person}}}}}],"tool_choice":{"type":"any"}""";

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: openAi));
        var (_, message) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages(more: anthropic));

        var schema = await JsonSchema.FromJsonAsync(Person, TestContext.Current.CancellationToken);
        var choice = chat.GetProperty("choices")[0];
        var function = choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("find", function.GetProperty("name").GetString());
        Assert.Empty(schema.Validate(function.GetProperty("arguments").GetString()!));
        Assert.Equal("tool_use", message.GetProperty("stop_reason").GetString());
        Assert.Empty(schema.Validate(message.GetProperty("content")[0].GetProperty("input").GetRawText()));
    }

    [Theory]
    [InlineData("required", true, "hello", new[] { "find", "look_up" })]
    [InlineData("required", false, "hello", new[] { "find" })]
    [InlineData("auto", true, "please look_up and find", new[] { "find", "look_up" })]
    [InlineData("auto", true, "please look_up", new[] { "look_up" })]
    [InlineData("auto", true, "please look_up_all or refind", new string[0])]
    [InlineData("none", true, "please look_up", new string[0])]
    public async Task Tools_are_called_where_required_or_mentioned_and_several_where_allowed(string choice, bool isParallel, string prompt, string[] called)
    {
        await using var sim = await RunningSim.StartAsync();
        const string Tools = ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"find\"}},{\"type\":\"function\",\"function\":{\"name\":\"look_up\"}}]";
        var more = $",\"tool_choice\":\"{choice}\",\"parallel_tool_calls\":{(isParallel ? "true" : "false")}";

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(prompt, Tools + more));

        var message = chat.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(called, message.TryGetProperty("tool_calls", out var calls)
            ? calls.EnumerateArray().Select(call => call.GetProperty("function").GetProperty("name").GetString()!)
            : []);
    }

    [Fact]
    public async Task Results_of_tools_are_answered_in_words()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, """
            {"model":"gpt","messages":[{"role":"user","content":"find it"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"find","arguments":"{}"}}]},
             {"role":"tool","tool_call_id":"a","content":"42"}],"tools":[{"type":"function","function":{"name":"find"}}]}
            """);

        Assert.Equal("stop", chat.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Seed_of_the_request_gives_another_text_and_the_same_each_time()
    {
        await using var sim = await RunningSim.StartAsync();
        async Task<string> Answer(int seed) => Content((await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: $",\"seed\":{seed}"))).Body);

        Assert.Equal(await Answer(1), await Answer(1));
        Assert.NotEqual(await Answer(1), await Answer(2));
    }

    [Theory]
    [InlineData(Vendor.OpenAi, 20 * 1024 * 1024, "is over the maximum")]
    [InlineData(Vendor.Anthropic, 5 * 1024 * 1024, "exceeds 5 MB maximum")]
    [InlineData(Vendor.Bedrock, 3_932_160, "is too large")]
    public async Task Picture_over_the_vendors_size_is_refused(Vendor vendor, int most, string message)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [RunningSim.ModelOf(vendor) with { ContextWindow = 100_000 }] });
        var bytes = new byte[most + 1];
        byte[] signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];
        signature.CopyTo(bytes, 0);

        var (tooLarge, answer) = await PostAsync(bytes);
        var (allowed, _) = await PostAsync(bytes[..^1]);

        Assert.Equal((400, 200), (tooLarge, allowed));
        Assert.Contains(message, answer.GetRawText(), StringComparison.Ordinal);

        Task<(int Status, JsonElement Body)> PostAsync(byte[] picture)
        {
            var data = Convert.ToBase64String(picture);
            var part = vendor switch
            {
                Vendor.OpenAi => $$$"""{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{data}}}"}}""",
                Vendor.Anthropic => $$$"""{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{data}}}"}}""",
                _ => $$$$"""{"image":{"format":"png","source":{"bytes":"{{{{data}}}}"}}}""",
            };
            var (path, body) = RunningSim.Simplest(vendor, "P");
            return sim.PostJsonAsync(path, body.Replace("\"P\"", $"[{part}]", StringComparison.Ordinal).Replace($"[{{\"text\":[{part}]}}]", $"[{part}]", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Embeddings_are_unit_vectors_that_depend_on_the_text()
    {
        await using var sim = await RunningSim.StartAsync();

        var (_, answer) = await sim.PostJsonAsync("/v1/embeddings", """{"model":"embedding","input":["a","b","a"]}""");
        var (_, encoded) = await sim.PostJsonAsync("/v1/embeddings", """{"model":"embedding","input":"a","encoding_format":"base64"}""");

        var vectors = answer.GetProperty("data").EnumerateArray()
            .Select(item => item.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToList();
        Assert.All(vectors, vector => Assert.Equal(8, vector.Length));
        Assert.Equal(1, vectors[0].Sum(value => value * value), 3);
        Assert.Equal(vectors[0], vectors[2]);
        Assert.NotEqual(vectors[0], vectors[1]);
        var bytes = encoded.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(vectors[0], Enumerable.Range(0, 8).Select(i => BitConverter.ToSingle(bytes, 4 * i)));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("abcdefgh", 2)]
    [InlineData("你好世界", 4)]
    [InlineData("привет", 3)]
    [InlineData("日本語 abc", 4)]
    public void Count_knows_that_scripts_differ(string text, int tokens) => Assert.Equal(tokens, TokenCounter.Count(text));

    [Fact]
    public void Sample_of_a_lognormal_latency_has_its_median_and_p95()
    {
        var latency = new SimulatedLatency { Kind = LatencyKind.Lognormal, MedianMs = 100, P95Ms = 300, MsPerOutputToken = 1 };
        var dice = new Dice(7, "model");

        var samples = Enumerable.Range(0, 20_000).Select(i => LatencyDistribution.Sample(latency, dice, i, outputTokens: 50).TotalMilliseconds - 50).Order().ToList();

        Assert.InRange(samples[10_000], 95, 105);
        Assert.InRange(samples[19_000], 285, 315);
    }

    private static string Content(JsonElement chat) => chat.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
