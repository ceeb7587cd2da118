using System.Text.Json;
using LlmBroker.Cli.Submit;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class OutputLineTests
{
    [Fact]
    public void Completed_has_the_shape_of_OpenAI_s_batch_output()
    {
        var line = Write(OutputLine.Completed("r-1", "a", SampleReplies.Completed("j:a")));

        Assert.Equal(
            """{"id":"r-1","custom_id":"a","response":{"status_code":200,"request_id":"j:a","body":{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"你好"}}]}},"error":null,"llmbroker":{"requestId":"j:a","run":1,"model":"small","deployment":"small-a","tier":"cheap","task":"translation","reason":"policy auto: task translation → cheap","attempts":2,"usage":{"inputTokens":10,"cacheReadTokens":3,"cacheWriteTokens":0,"outputTokens":5,"reasoningTokens":0},"costUsd":0.25,"priceStatus":"known","finishReason":"stop"}}""",
            line);
    }

    [Fact]
    public void Completed_with_an_unknown_price_has_no_cost_rather_than_none()
    {
        var facts = JsonDocument.Parse(Write(OutputLine.Completed("r-1", "a", SampleReplies.Completed("j:a", costUsd: null)))).RootElement.GetProperty("llmbroker");

        Assert.Equal(JsonValueKind.Null, facts.GetProperty("costUsd").ValueKind);
        Assert.Equal("unknown", facts.GetProperty("priceStatus").GetString());
    }

    [Fact]
    public void Failed_tells_the_reason_and_what_ops_need()
    {
        var line = Write(OutputLine.Failed("r-2", "a", SampleReplies.Failed("j.r1:a"), retry: 1));

        Assert.Equal(
            """{"id":"r-2","custom_id":"a","response":null,"error":{"code":"Exhausted","message":"Attempts are used up."},"llmbroker":{"requestId":"j.r1:a","run":1,"retry":1,"model":null,"deployment":null,"tier":null,"task":null,"reason":null,"attempts":3,"costUsd":0.5,"priceStatus":"known","deadLetterId":"0f1e2d3c-0000-0000-0000-000000000001"}}""",
            line);
    }

    [Fact]
    public void Invalid_names_the_line()
    {
        var line = Write(OutputLine.Invalid(12, new InputFault("a", "has no 'messages'")));

        Assert.Equal("""{"id":null,"custom_id":"a","response":null,"error":{"code":"InvalidLine","message":"Line 12 has no 'messages'."},"llmbroker":null,"line":12}""", line);
    }

    private static string Write(OutputLine line)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(writer, line, SubmitJsonContext.Default.OutputLine);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
