using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class ResponsesStrictnessTests
{
    private const string Tool = """{"type":"function","name":"f","parameters":{"type":"object"}}""";

    [Theory]
    [InlineData("""{"input":"hi"}""", 400, null, "you must provide a model parameter")]
    [InlineData("""{"model":"nope","input":"hi"}""", 404, "model_not_found", "`nope` does not exist")]
    [InlineData("""{"model":"embedding","input":"hi"}""", 400, "unsupported_model", "cannot be used with the Responses API")]
    [InlineData("""{"model":"gpt"}""", 400, "missing_required_parameter", "'input'")]
    [InlineData("""{"model":"gpt","input":7}""", 400, "invalid_type", "'input'")]
    [InlineData("""{"model":"gpt","input":[]}""", 400, "empty_array", "'input'")]
    [InlineData("""{"model":"gpt","input":[{"role":"tool","content":"x"}]}""", 400, "invalid_value", "'assistant', 'system', 'developer', and 'user'")]
    [InlineData("""{"model":"gpt","input":[{"role":"user","content":[{"type":"text","text":"x"}]}]}""", 400, "invalid_value", "'input_text', 'input_image', and 'input_file'")]
    [InlineData("""{"model":"gpt","input":[{"role":"assistant","content":[{"type":"input_text","text":"x"}]}]}""", 400, "invalid_value", "'output_text', and 'refusal'")]
    [InlineData("""{"model":"gpt","input":[{"type":"poem"}]}""", 400, "invalid_value", "'poem'")]
    [InlineData("""{"model":"gpt","input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}""", 400, null, "No tool output found for function call c")]
    [InlineData("""{"model":"gpt","input":[{"type":"function_call_output","call_id":"c","output":"x"}]}""", 400, null, "No tool call found for function call output with call_id c")]
    [InlineData("""{"model":"gpt","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:text/plain;base64,eA=="}]}]}""", 400, "invalid_value", "unsupported MIME type 'text/plain'")]
    [InlineData("""{"model":"gpt","input":"hi","messages":[]}""", 400, "unknown_parameter", "'messages'")]
    [InlineData("""{"model":"gpt","input":"hi","max_tokens":5}""", 400, "unknown_parameter", "'max_tokens'")]
    [InlineData("""{"model":"gpt","input":"hi","max_output_tokens":15}""", 400, "integer_below_min_value", ">= 16")]
    [InlineData("""{"model":"gpt","input":"hi","max_output_tokens":501}""", 400, "invalid_value", "supports at most 500 completion tokens")]
    [InlineData("""{"model":"gpt","input":"hi","temperature":3}""", 400, "decimal_above_max_value", "'temperature'")]
    [InlineData("""{"model":"gpt","input":"hi","stream":true}""", 400, "unsupported_value", "does not stream")]
    [InlineData("""{"model":"gpt","input":"hi","previous_response_id":"resp_1"}""", 400, "previous_response_not_found", "'resp_1' not found")]
    [InlineData("""{"model":"gpt","input":"hi","reasoning":{"effort":"huge"}}""", 400, "invalid_value", "'huge'")]
    [InlineData("""{"model":"gpt","input":"hi","reasoning":{"effort":"low"}}""", 400, "unsupported_parameter", "'reasoning' is not supported with this model")]
    [InlineData("""{"model":"o","input":"hi","temperature":0.5}""", 400, "unsupported_value", "'temperature' does not support 0.5")]
    [InlineData("""{"model":"o","input":"hi","top_p":0.5}""", 400, "unsupported_parameter", "'top_p'")]
    [InlineData("""{"model":"gpt","input":"hi","text":{"format":{"type":"json_object"}}}""", 400, null, "must contain the word 'json'")]
    [InlineData("""{"model":"gpt","input":"hi","text":{"format":{"type":"json_schema","name":"n"}}}""", 400, "missing_required_parameter", "'text.format.schema'")]
    [InlineData("""{"model":"gpt","input":"hi","text":{"format":{"type":"json_schema","name":"n","strict":true,"schema":{"type":"object"}}}}""", 400, "invalid_json_schema", "'additionalProperties' is required")]
    [InlineData("""{"model":"gpt","input":"hi","tools":[{"type":"function","function":{"name":"f"}}]}""", 400, "unknown_parameter", "'tools[0].function'")]
    [InlineData("""{"model":"gpt","input":"hi","tools":[{"type":"function"}]}""", 400, "missing_required_parameter", "'tools[0].name'")]
    [InlineData("""{"model":"gpt","input":"hi","tools":[{"type":"web_search"}]}""", 400, "invalid_value", "'web_search'")]
    [InlineData($$$$"""{"model":"gpt","input":"hi","tools":[{{{{Tool}}}}],"tool_choice":{"type":"function","name":"g"}}""", 400, "invalid_value", "'g' not found")]
    [InlineData($$$$"""{"model":"gpt","input":"hi","tools":[{{{{Tool}}}}],"tool_choice":{"type":"function","function":{"name":"f"}}}""", 400, "missing_required_parameter", "'tool_choice.name'")]
    public async Task Response_refused_by_the_vendor_is_refused_here(string body, int status, string? code, string message)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models = [RunningSim.Gpt, RunningSim.Gpt with { Name = "o", IsReasoningModel = true }, RunningSim.Embedding],
        });

        var (actual, answer) = await sim.PostJsonAsync(RunningSim.ResponsesPath, body);

        var error = answer.GetProperty("error");
        Assert.Equal(status, actual);
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal((status, false), (sim.Sim.Calls[0].Status, sim.Sim.Calls[0].Billed));
    }

    [Theory]
    [InlineData(",\"max_tokens\":50", "max_tokens")]
    [InlineData(",\"temperature\":0", "temperature")]
    [InlineData(",\"top_p\":1", "top_p")]
    [InlineData(",\"presence_penalty\":1", "presence_penalty")]
    [InlineData(",\"logprobs\":true", "logprobs")]
    [InlineData(",\"stop\":\"x\"", "stop")]
    public async Task Chat_with_a_reasoning_model_is_refused_what_it_does_not_take(string more, string param)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [RunningSim.Gpt with { IsReasoningModel = true }] });

        var (status, answer) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: more));

        Assert.Equal(400, status);
        Assert.Equal(param, answer.GetProperty("error").GetProperty("param").GetString());
        Assert.StartsWith("unsupported_", answer.GetProperty("error").GetProperty("code").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: ",\"max_completion_tokens\":50,\"temperature\":1,\"reasoning_effort\":\"low\""))).Status);
    }

    [Theory]
    [InlineData("not a url", "invalid_value", "Expected a valid URL")]
    [InlineData("data:image/png;base64,!!!!", "invalid_value", "invalid base64-encoded value")]
    [InlineData("data:image/png,abc", "invalid_value", "invalid base64-encoded value")]
    [InlineData("data:application/pdf;base64,eA==", "invalid_value", "unsupported MIME type 'application/pdf'")]
    [InlineData("data:image/png;base64,dGhpcyBpcyBub3QgYW4gaW1hZ2U=", "invalid_image_format", "You uploaded an unsupported image")]
    public async Task Chat_with_a_picture_that_is_none_is_refused(string url, string code, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        var (status, answer) = await sim.PostJsonAsync(
            RunningSim.ChatPath, $$$"""{"model":"gpt","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{url}}}"}}]}]}""");

        Assert.Equal(400, status);
        Assert.Equal(code, answer.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains(message, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}""", "Missing 'a'")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"object"}},"required":["a"],"additionalProperties":false}""", "In context=('properties', 'a')")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}""", "'items'")]
    [InlineData("""{"type":"object","properties":{"a":{"anyOf":[{"type":"object"}]}},"required":["a"],"additionalProperties":false}""", "'anyOf', '0'")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"required":["a"],"additionalProperties":false,"$defs":{"x":{"type":"object"}}}""", "'$defs', 'x'")]
    [InlineData("""{"type":"array"}""", "type: \"object\"")]
    public async Task Strict_schema_that_is_not_strict_is_refused(string schema, string message)
    {
        await using var sim = await RunningSim.StartAsync();
        var format = ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"strict\":true,\"schema\":" + schema + "}}";

        var (status, answer) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: format));

        Assert.Equal(400, status);
        Assert.Contains(message, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(more: format.Replace("\"strict\":true", "\"strict\":false", StringComparison.Ordinal)))).Status);
    }
}
