using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class OpenAiStrictnessTests
{
    private const string Hi = """[{"role":"user","content":"hi"}]""";
    private const string Tool = """{"type":"function","function":{"name":"look_up","parameters":{"type":"object"}}}""";

    [Theory]
    [InlineData("""{"model":"gpt","messages":""", 400, null, "could not parse the JSON body")]
    [InlineData("[]", 400, null, "could not parse the JSON body")]
    [InlineData($$$$"""{"messages":{{{{Hi}}}}}""", 400, null, "you must provide a model parameter")]
    [InlineData($$$$"""{"model":7,"messages":{{{{Hi}}}}}""", 400, "invalid_type", "'model'")]
    [InlineData($$$$"""{"model":"nope","messages":{{{{Hi}}}}}""", 404, "model_not_found", "`nope` does not exist")]
    [InlineData($$$$"""{"model":"claude","messages":{{{{Hi}}}}}""", 404, "model_not_found", "`claude` does not exist")]
    [InlineData($$$$"""{"model":"embedding","messages":{{{{Hi}}}}}""", 404, null, "not a chat model")]
    [InlineData("""{"model":"gpt"}""", 400, "missing_required_parameter", "'messages'")]
    [InlineData("""{"model":"gpt","messages":[]}""", 400, "empty_array", "'messages'")]
    [InlineData("""{"model":"gpt","messages":"hi"}""", 400, "invalid_type", "expected an array of objects, but got a string")]
    [InlineData("""{"model":"gpt","messages":[{"content":"hi"}]}""", 400, "missing_required_parameter", "'messages[0].role'")]
    [InlineData("""{"model":"gpt","messages":[{"role":"robot","content":"hi"}]}""", 400, "invalid_value", "'system', 'assistant', 'user', 'function', 'tool', and 'developer'")]
    [InlineData("""{"model":"gpt","messages":[{"role":"user"}]}""", 400, "missing_required_parameter", "'messages[0].content'")]
    [InlineData("""{"model":"gpt","messages":[{"role":"user","content":7}]}""", 400, "invalid_type", "'messages[0].content'")]
    [InlineData("""{"model":"gpt","messages":[{"role":"user","content":null}]}""", 400, "invalid_value", "got null")]
    [InlineData("""{"model":"gpt","messages":[{"role":"user","content":[{"type":"poem"}]}]}""", 400, "invalid_value", "'poem'")]
    [InlineData("""{"model":"gpt","messages":[{"role":"user","content":"hi","mood":"good"}]}""", 400, "unknown_parameter", "'messages[0].mood'")]
    [InlineData("""{"model":"gpt","messages":[{"role":"tool","content":"42","tool_call_id":"a"}]}""", 400, "invalid_value", "must be a response to a preceeding message")]
    [InlineData("""{"model":"gpt","messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"user","content":"hi"}]}""", 400, "invalid_value", "did not have response messages: a")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"temperature":2.5}""", 400, "decimal_above_max_value", "'temperature'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"temperature":-1}""", 400, "decimal_below_min_value", "'temperature'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"temperature":"warm"}""", 400, "invalid_type", "'temperature'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"max_tokens":0}""", 400, "integer_below_min_value", "'max_tokens'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"max_tokens":1.5}""", 400, "invalid_type", "'max_tokens'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"max_completion_tokens":501}""", 400, "invalid_value", "supports at most 500 completion tokens")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"max_tokens":5,"max_completion_tokens":5}""", 400, "invalid_value", "at the same time")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"n":0}""", 400, "integer_below_min_value", "'n'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"colour":"red"}""", 400, null, "Unrecognized request argument supplied: colour")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"stream":true}""", 400, "unsupported_value", "does not stream")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"stop":["a","b","c","d","e"]}""", 400, "array_above_max_length", "'stop'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"response_format":{"type":"json_object"}}""", 400, null, "must contain the word 'json'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"response_format":{"type":"json_schema"}}""", 400, "missing_required_parameter", "'response_format.json_schema'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"tools":[]}""", 400, "empty_array", "'tools'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"tools":[{"type":"function"}]}""", 400, "missing_required_parameter", "'tools[0].function'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"tools":[{"type":"function","function":{"name":"look up"}}]}""", 400, "invalid_value", "'tools[0].function.name'")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"array"}}}]}""", 400, "invalid_function_parameters", "type: \"array\"")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"tool_choice":"required"}""", 400, "invalid_value", "only allowed when 'tools' are specified")]
    [InlineData($$$$"""{"model":"gpt","messages":{{{{Hi}}}},"tools":[{{{{Tool}}}}],"tool_choice":{"type":"function","function":{"name":"other"}}}""", 400, "invalid_value", "'other' not found")]
    public async Task Chat_refused_by_the_vendor_is_refused_here(string body, int status, string? code, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        var (actual, answer) = await sim.PostJsonAsync(RunningSim.ChatPath, body);

        var error = answer.GetProperty("error");
        Assert.Equal(status, actual);
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.True(error.TryGetProperty("param", out _));
        var call = Assert.Single(sim.Sim.Calls);
        Assert.Equal((status, false), (call.Status, call.Billed));
    }

    [Theory]
    [InlineData("""{"model":"embedding"}""", 400, "'input'")]
    [InlineData("""{"model":"embedding","input":""}""", 400, "empty string")]
    [InlineData("""{"model":"embedding","input":[]}""", 400, "empty array")]
    [InlineData("""{"model":"embedding","input":["a",7]}""", 400, "'$.input' is invalid")]
    [InlineData("""{"model":"embedding","input":"a","dimensions":9}""", 400, "'dimensions'")]
    [InlineData("""{"model":"embedding","input":"a","messages":[]}""", 400, "supplied: messages")]
    [InlineData("""{"model":"gpt","input":"a"}""", 403, "not allowed to generate embeddings")]
    public async Task Embeddings_refused_by_the_vendor_are_refused_here(string body, int status, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        var (actual, answer) = await sim.PostJsonAsync("/v1/embeddings", body);

        Assert.Equal(status, actual);
        Assert.Contains(message, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "You didn't provide an API key")]
    [InlineData("wrong-key-of-some-length", "Incorrect API key provided: wro")]
    public async Task Chat_without_an_accepted_key_gets_the_vendors_401(string? key, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        using var response = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(), key);

        var text = (await RunningSim.ReadAsync(response)).GetProperty("error").GetProperty("message").GetString()!;
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-key-of-some-length", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_over_the_context_window_is_refused_with_the_vendors_code()
    {
        await using var sim = await RunningSim.StartAsync();

        var (status, answer) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(new string('x', 9_000)));

        Assert.Equal(400, status);
        Assert.Equal("context_length_exceeded", answer.GetProperty("error").GetProperty("code").GetString());
    }
}
