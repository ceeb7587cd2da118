using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class AnthropicStrictnessTests
{
    private const string Hi = """[{"role":"user","content":"hi"}]""";
    private const string Head = "\"model\":\"claude\",\"max_tokens\":9";

    [Theory]
    [InlineData("{", 400, "invalid_request_error", "not valid JSON")]
    [InlineData($$$$"""{"max_tokens":9,"messages":{{{{Hi}}}}}""", 400, "invalid_request_error", "model: Field required")]
    [InlineData($$$$"""{"model":"nope","max_tokens":9,"messages":{{{{Hi}}}}}""", 404, "not_found_error", "model: nope")]
    [InlineData($$$$"""{"model":"gpt","max_tokens":9,"messages":{{{{Hi}}}}}""", 404, "not_found_error", "model: gpt")]
    [InlineData($$$$"""{"model":"claude","messages":{{{{Hi}}}}}""", 400, "invalid_request_error", "max_tokens: Field required")]
    [InlineData($$$$"""{"model":"claude","max_tokens":0,"messages":{{{{Hi}}}}}""", 400, "invalid_request_error", "max_tokens: Input should be greater than or equal to 1")]
    [InlineData($$$$"""{"model":"claude","max_tokens":"9","messages":{{{{Hi}}}}}""", 400, "invalid_request_error", "max_tokens: Input should be a valid integer")]
    [InlineData($$$$"""{"model":"claude","max_tokens":501,"messages":{{{{Hi}}}}}""", 400, "invalid_request_error", "max_tokens: 501 > 500")]
    [InlineData($$$$"""{{{{{Head}}}}}""", 400, "invalid_request_error", "messages: Field required")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[]}""", 400, "invalid_request_error", "at least one message is required")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":"hi"}""", 400, "invalid_request_error", "messages: Input should be a valid array")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"system","content":"hi"}]}""", 400, "invalid_request_error", "Unexpected role \"system\"")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"robot","content":"hi"}]}""", 400, "invalid_request_error", "messages.0.role: Input should be 'user' or 'assistant'")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"assistant","content":"hi"}]}""", 400, "invalid_request_error", "first message must use the \"user\" role")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":""}]}""", 400, "invalid_request_error", "must have non-empty content")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"text","text":""}]}]}""", 400, "invalid_request_error", "text content blocks must be non-empty")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"poem"}]}]}""", 400, "invalid_request_error", "Input tag 'poem'")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}]}""", 400, "invalid_request_error", "unexpected `tool_use_id`")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"temperature":1.5}""", 400, "invalid_request_error", "temperature: Input should be less than or equal to 1")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"temperature":null}""", 400, "invalid_request_error", "temperature: Input should be a valid number")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"n":2}""", 400, "invalid_request_error", "n: Extra inputs are not permitted")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"metadata":{"team":"a"}}""", 400, "invalid_request_error", "metadata.team: Extra inputs are not permitted")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"stream":true}""", 400, "invalid_request_error", "does not stream")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"tools":[{"name":"f"}]}""", 400, "invalid_request_error", "tools.0.custom.input_schema: Field required")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"tools":[{"name":"f f","input_schema":{"type":"object"}}]}""", 400, "invalid_request_error", "tools.0.custom.name")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"tool_choice":{"type":"any"}}""", 400, "invalid_request_error", "while providing `tools`")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":7}}""", 400, "invalid_request_error", "tool_choice.auto.disable_parallel_tool_use")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"none","name":"f"}}""", 400, "invalid_request_error", "tool_choice.none.name: Extra inputs")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/bmp","data":"eA=="}}]}]}""", 400, "invalid_request_error", "media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"!"}}]}]}""", 400, "invalid_request_error", "valid base64")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"dGhpcyBpcyBub3QgYW4gaW1hZ2U="}}]}]}""", 400, "invalid_request_error", "Could not process image")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"http://example.com/a.png"}}]}]}""", 400, "invalid_request_error", "Only HTTPS URLs")]
    [InlineData($$$$"""{"model":"claude","max_tokens":400,"messages":{{{{Hi}}}},"thinking":{"type":"adaptive"},"temperature":0.5}""", 400, "invalid_request_error", "`temperature` may only be set to 1 when thinking")]
    [InlineData($$$$"""{"model":"claude","max_tokens":400,"messages":{{{{Hi}}}},"thinking":{"type":"enabled","budget_tokens":1024}}""", 400, "invalid_request_error", "must be greater than `thinking.budget_tokens`")]
    [InlineData($$$$"""{"model":"claude","max_tokens":400,"messages":{{{{Hi}}}},"thinking":{"type":"adaptive"},"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}""", 400, "invalid_request_error", "when tool_choice forces tool use")]
    [InlineData($$$$"""{{{{{Head}}}},"messages":{{{{Hi}}}},"output_config":{"effort":"huge"}}""", 400, "invalid_request_error", "output_config.effort")]
    public async Task Messages_refused_by_the_vendor_are_refused_here(string body, int status, string type, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        using var response = await sim.PostAsync(RunningSim.MessagesPath, body);

        var answer = await RunningSim.ReadAsync(response);
        var error = answer.GetProperty("error");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("error", answer.GetProperty("type").GetString());
        Assert.Equal(type, error.GetProperty("type").GetString());
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(Assert.Single(response.Headers.GetValues("request-id")), answer.GetProperty("request_id").GetString());
    }

    [Theory]
    [InlineData("sim-key", null, 400, "anthropic-version: header is required")]
    [InlineData("sim-key", "2020-01-01", 400, "is not a valid version")]
    [InlineData(null, "2023-06-01", 401, "x-api-key header is required")]
    [InlineData("wrong", "2023-06-01", 401, "invalid x-api-key")]
    public async Task Messages_with_wrong_headers_are_refused(string? key, string? version, int status, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        using var response = await sim.PostAsync(RunningSim.MessagesPath, RunningSim.Messages(), key, version: version);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(message, (await RunningSim.ReadAsync(response)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2023-06-01", ",\"temperature\":1", 200, null)]
    [InlineData("2026-10-21", "", 200, null)]
    [InlineData("2026-10-21", ",\"temperature\":1", 400, "temperature: Extra inputs are not permitted")]
    [InlineData("2026-10-21", ",\"top_k\":5", 400, "top_k: Extra inputs are not permitted")]
    public async Task Messages_are_held_to_the_version_that_they_ask_for(string version, string more, int status, string? message)
    {
        await using var sim = await RunningSim.StartAsync();

        using var response = await sim.PostAsync(RunningSim.MessagesPath, RunningSim.Messages(more: more), version: version);

        Assert.Equal(status, (int)response.StatusCode);
        if (message is not null)
            Assert.Contains(message, (await RunningSim.ReadAsync(response)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer sim-key", 200)]
    [InlineData("Bearer wrong", 401)]
    public async Task Key_is_let_in_as_a_bearer_token_too(string authorization, int status)
    {
        await using var sim = await RunningSim.StartAsync();
        sim.Client.DefaultRequestHeaders.Add("Authorization", authorization);

        using var response = await sim.PostAsync(RunningSim.MessagesPath, RunningSim.Messages(), key: null);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Theory]
    [InlineData(9_000, "prompt is too long")]
    [InlineData(6_800, "exceed context limit")]
    public async Task Messages_over_the_context_window_are_refused(int length, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        var (status, answer) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages(new string('x', length)));

        Assert.Equal(400, status);
        Assert.Contains(message, answer.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
