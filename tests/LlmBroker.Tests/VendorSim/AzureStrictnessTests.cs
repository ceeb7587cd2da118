using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class AzureStrictnessTests
{
    private const string Hi = """{"messages":[{"role":"user","content":"hi"}]}""";
    private const string Deployment = "/openai/deployments/azure-gpt/chat/completions";

    [Theory]
    [InlineData(Deployment, Hi, 404, "404", "Resource not found")]
    [InlineData(Deployment + "?api-version=soon", Hi, 400, "BadRequest", "API version not supported")]
    [InlineData("/openai/deployments/nope/chat/completions?api-version=2024-10-21", Hi, 404, "DeploymentNotFound", "does not exist")]
    [InlineData("/openai/deployments/gpt/chat/completions?api-version=2024-10-21", Hi, 404, "DeploymentNotFound", "does not exist")]
    [InlineData("/openai/v1/chat/completions", Hi, 400, null, "you must provide a model parameter")]
    [InlineData("/openai/v1/chat/completions", """{"model":"nope","messages":[{"role":"user","content":"hi"}]}""", 404, "DeploymentNotFound", "does not exist")]
    [InlineData(RunningSim.AzurePath, "{", 400, null, "could not parse the JSON body")]
    [InlineData(RunningSim.AzurePath, """{"messages":[]}""", 400, "empty_array", "'messages'")]
    [InlineData(RunningSim.AzurePath, """{"messages":[{"role":"user","content":"hi"}],"temperature":3}""", 400, "decimal_above_max_value", "'temperature'")]
    [InlineData(RunningSim.AzurePath, """{"messages":[{"role":"user","content":"hi"}],"max_tokens":501}""", 400, "invalid_value", "supports at most 500")]
    public async Task Chat_refused_by_the_vendor_is_refused_here(string path, string body, int status, string? code, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        using var response = await sim.PostAsync(path, body);

        var error = (await RunningSim.ReadAsync(response)).GetProperty("error");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True(Guid.TryParse(Assert.Single(response.Headers.GetValues("apim-request-id")), out _));
        Assert.Equal(Assert.Single(response.Headers.GetValues("x-request-id")), Assert.Single(sim.Sim.Calls).RequestId);
    }

    [Theory]
    [InlineData("api-key", "sim-key", 200, null)]
    [InlineData("api-key", "wrong", 401, "401")]
    [InlineData("Authorization", "Bearer sim-key", 200, null)]
    [InlineData("Authorization", "Bearer wrong", 401, "Unauthorized")]
    [InlineData("X-Nothing", "sim-key", 401, "401")]
    public async Task Key_is_let_in_either_way(string header, string value, int status, string? code)
    {
        await using var sim = await RunningSim.StartAsync();
        sim.Client.DefaultRequestHeaders.Add(header, value);

        using var response = await sim.PostAsync(RunningSim.AzurePath, Hi, key: null);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, (await RunningSim.ReadAsync(response)).TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
    }

    [Fact]
    public async Task Deployment_of_the_path_answers_whatever_model_the_body_names()
    {
        await using var sim = await RunningSim.StartAsync();

        var (status, answer) = await sim.PostJsonAsync(RunningSim.AzurePath, """{"model":"something-else","messages":[{"role":"user","content":"hi"}]}""");

        Assert.Equal(200, status);
        Assert.Equal("azure-gpt", answer.GetProperty("model").GetString());
        Assert.Equal("azure-gpt", Assert.Single(sim.Sim.Calls).Model);
        Assert.False(answer.GetProperty("choices")[0].GetProperty("content_filter_results").GetProperty("violence").GetProperty("filtered").GetBoolean());
        Assert.Equal(0, answer.GetProperty("prompt_filter_results")[0].GetProperty("prompt_index").GetInt32());
    }
}
