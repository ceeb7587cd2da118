using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>A simulator on a free port with models of each vendor, and a client for it.</summary>
internal sealed class RunningSim(VendorSim sim) : IAsyncDisposable
{
    public const string ChatPath = "/v1/chat/completions";
    public const string MessagesPath = "/v1/messages";
    public const string ResponsesPath = "/v1/responses";
    public const string AzurePath = "/openai/deployments/azure-gpt/chat/completions?api-version=2024-10-21";
    public const string ConversePath = "/model/anthropic.claude-v1%3A0/converse";
    public const string GeminiPath = "/v1beta/models/gemini:generateContent";
    public const string RouterPath = "/huggingface/v1/chat/completions";
    public const string TranslatorPath = "/hf-inference/models/org/en-es";

    public static SimulatedModel Gpt { get; } = new() { Name = "gpt", Vendor = Vendor.OpenAi, ContextWindow = 2_000, MaxOutputTokens = 500 };

    public static SimulatedModel Claude { get; } = new() { Name = "claude", Vendor = Vendor.Anthropic, ContextWindow = 2_000, MaxOutputTokens = 500 };

    public static SimulatedModel Embedding { get; } = new() { Name = "embedding", Vendor = Vendor.OpenAi, EmbeddingDimensions = 8 };

    public static SimulatedModel Azure { get; } = Gpt with { Name = "azure-gpt", Vendor = Vendor.Azure };

    public static SimulatedModel Converse { get; } = Gpt with { Name = "anthropic.claude-v1:0", Vendor = Vendor.Bedrock };

    public static SimulatedModel Gemini { get; } = Gpt with { Name = "gemini", Vendor = Vendor.Google };

    public static SimulatedModel Router { get; } = Gpt with { Name = "org/chat", Vendor = Vendor.HuggingFace };

    public static SimulatedModel Translator { get; } = new() { Name = "org/en-es", Vendor = Vendor.HuggingFace, Task = TextTask.Translation, ContextWindow = 512 };

    public VendorSim Sim => sim;

    public HttpClient Client { get; } = new(new SocketsHttpHandler()) { BaseAddress = sim.Address };

    public static async Task<RunningSim> StartAsync(VendorSimOptions? options = null)
    {
        options ??= new VendorSimOptions();
        if (options is { ModelsFile: null, Models.Count: 0 })
            options = options with { Models = [Gpt, Claude, Embedding, Azure, Converse, Gemini, Router, Translator] };
        return new RunningSim(await VendorSim.StartAsync(options, TestContext.Current.CancellationToken));
    }

    public static string Chat(string prompt = "Say hello.", string more = "") =>
        $$"""{"model":"gpt","messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]{{more}}}""";

    public static string Messages(string prompt = "Say hello.", string more = "") =>
        $$"""{"model":"claude","max_tokens":400,"messages":[{"role":"user","content":{{JsonSerializer.Serialize(prompt)}}}]{{more}}}""";

    /// <summary>The path and the simplest request of each vendor's chat, and of a model for one task.</summary>
    public static (string Path, string Body) Simplest(Vendor vendor, string prompt = "Say hello.")
    {
        var text = JsonSerializer.Serialize(prompt);
        return vendor switch
        {
            Vendor.OpenAi => (ChatPath, Chat(prompt)),
            Vendor.Anthropic => (MessagesPath, Messages(prompt)),
            Vendor.Azure => (AzurePath, $$"""{"messages":[{"role":"user","content":{{text}}}]}"""),
            Vendor.Bedrock => (ConversePath, $$"""{"messages":[{"role":"user","content":[{"text":{{text}}}]}]}"""),
            Vendor.Google => (GeminiPath, $$"""{"contents":[{"role":"user","parts":[{"text":{{text}}}]}]}"""),
            Vendor.HuggingFace => (RouterPath, $$"""{"model":"org/chat","messages":[{"role":"user","content":{{text}}}]}"""),
            _ => throw new ArgumentOutOfRangeException(nameof(vendor)),
        };
    }

    public static SimulatedModel ModelOf(Vendor vendor) => vendor switch
    {
        Vendor.OpenAi => Gpt,
        Vendor.Anthropic => Claude,
        Vendor.Azure => Azure,
        Vendor.Bedrock => Converse,
        Vendor.Google => Gemini,
        Vendor.HuggingFace => Router,
        _ => throw new ArgumentOutOfRangeException(nameof(vendor)),
    };

    public Task<HttpResponseMessage> PostAsync(string path, string body, string? key = "sim-key", string? attemptId = null, string? version = "2023-06-01")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null && path == MessagesPath)
            request.Headers.Add("x-api-key", key);
        else if (key is not null && path.StartsWith("/openai/", StringComparison.Ordinal))
            request.Headers.Add("api-key", key);
        else if (key is not null && path.StartsWith("/v1beta/", StringComparison.Ordinal))
            request.Headers.Add("x-goog-api-key", key);
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
