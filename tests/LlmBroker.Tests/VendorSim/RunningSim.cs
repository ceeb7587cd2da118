using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>A simulator on a free port with one model of each vendor, and a client for it.</summary>
internal sealed class RunningSim(VendorSim sim) : IAsyncDisposable
{
    public const string ChatPath = "/v1/chat/completions";
    public const string MessagesPath = "/v1/messages";

    public static SimulatedModel Gpt { get; } = new() { Name = "gpt", Vendor = Vendor.OpenAi, ContextWindow = 2_000, MaxOutputTokens = 500 };

    public static SimulatedModel Claude { get; } = new() { Name = "claude", Vendor = Vendor.Anthropic, ContextWindow = 2_000, MaxOutputTokens = 500 };

    public static SimulatedModel Embedding { get; } = new() { Name = "embedding", Vendor = Vendor.OpenAi, EmbeddingDimensions = 8 };

    public VendorSim Sim => sim;

    public HttpClient Client { get; } = new(new SocketsHttpHandler()) { BaseAddress = sim.Address };

    public static async Task<RunningSim> StartAsync(VendorSimOptions? options = null)
    {
        options ??= new VendorSimOptions();
        if (options is { ModelsFile: null, Models.Count: 0 })
            options = options with { Models = [Gpt, Claude, Embedding] };
        return new RunningSim(await VendorSim.StartAsync(options, TestContext.Current.CancellationToken));
    }

    public static string Chat(string prompt = "Say hello.", string more = "") =>
        $$"""{"model":"gpt","messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]{{more}}}""";

    public static string Messages(string prompt = "Say hello.", string more = "") =>
        $$"""{"model":"claude","max_tokens":400,"messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]{{more}}}""";

    public Task<HttpResponseMessage> PostAsync(string path, string body, string? key = "sim-key", string? attemptId = null, string? version = "2023-06-01")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null && path == MessagesPath)
            request.Headers.Add("x-api-key", key);
        else if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (version is not null && path == MessagesPath)
            request.Headers.Add("anthropic-version", version);
        if (attemptId is not null)
            request.Headers.Add("X-LlmBroker-Attempt-Id", attemptId);
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public async Task<(int Status, JsonElement Body)> PostJsonAsync(string path, string body)
    {
        using var response = await PostAsync(path, body);
        return ((int)response.StatusCode, await ReadAsync(response));
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await sim.DisposeAsync();
    }
}
