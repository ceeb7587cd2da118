using LlmBroker.Providers;
using LlmBroker.Providers.Anthropic;
using LlmBroker.Providers.OpenAi;
using LlmBroker.Simulation.Models;
using LlmBroker.Tests.Simulation;
using Xunit;

namespace LlmBroker.Tests.Providers;

/// <summary>Both adapters against the strict stand-in, over real sockets.</summary>
public sealed class SimulatedVendorTests
{
    private const string Full =
        """
        {"model":"any","messages":[
          {"role":"developer","content":"Be brief."},
          {"role":"user","content":[{"type":"text","text":"What is the weather in 北京?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}}]},
          {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"北京\"}"}}]},
          {"role":"tool","tool_call_id":"call_1","content":"sunny"},
          {"role":"user","content":"In one word?"}],
         "tools":[{"type":"function","function":{"name":"weather","description":"d","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}],
         "tool_choice":"auto","parallel_tool_calls":false,"max_completion_tokens":100,"temperature":0.3,"stop":["STOP"],"user":"u1","n":1,"store":false}
        """;

    [Theory]
    [InlineData("gpt")]
    [InlineData("claude")]
    public async Task A_full_request_is_accepted_and_answered(string model)
    {
        await using var sim = await RunningSim.StartAsync();
        using var provider = Provider(sim, model);

        var result = await CallAsync(provider, model, Full);

        Assert.Null(result.ErrorMessage);
        Assert.Equal("chat.completion", result.Body.GetProperty("object").GetString());
        var logged = Assert.Single(sim.Sim.Calls);
        Assert.Equal(model, logged.Model);
        Assert.Equal(ProviderCalls.AttemptId.ToString(), logged.AttemptId);
        Assert.Equal(logged.RequestId, result.VendorRequestId);
        Assert.Equal(logged.InputTokens, result.Usage!.InputTokens + result.Usage.CacheReadTokens + result.Usage.CacheWriteTokens);
        Assert.Equal(logged.CachedTokens, result.Usage.CacheReadTokens);
        Assert.Equal(logged.OutputTokens, result.Usage.OutputTokens);
        Assert.Equal(logged.InputTokens + logged.OutputTokens, result.Body.GetProperty("usage").GetProperty("total_tokens").GetInt64());
    }

    [Theory]
    [InlineData("gpt")]
    [InlineData("claude")]
    public async Task A_forced_tool_is_called(string model)
    {
        await using var sim = await RunningSim.StartAsync();
        using var provider = Provider(sim, model);

        var result = await CallAsync(provider, model, Full.Replace("\"auto\"", "\"required\"", StringComparison.Ordinal));

        Assert.Equal("tool_calls", result.FinishReason);
        Assert.Equal("weather", result.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Embeddings_are_answered()
    {
        await using var sim = await RunningSim.StartAsync();
        using var provider = Provider(sim, "embedding");

        var result = await CallAsync(provider, "embedding", """{"input":["a","b"]}""", "embeddings");

        Assert.Equal(2, result.Body.GetProperty("data").GetArrayLength());
        Assert.True(result.Usage!.InputTokens > 0);
    }

    [Theory]
    [InlineData("gpt", FaultKind.RateLimited, ProviderError.RateLimited)]
    [InlineData("gpt", FaultKind.QuotaExhausted, ProviderError.QuotaExhausted)]
    [InlineData("gpt", FaultKind.ServerError, ProviderError.ServerError)]
    [InlineData("gpt", FaultKind.Unavailable, ProviderError.Overloaded)]
    [InlineData("gpt", FaultKind.Reset, ProviderError.ConnectionLost)]
    [InlineData("gpt", FaultKind.ResetAfterHeaders, ProviderError.ConnectionLost)]
    [InlineData("gpt", FaultKind.CutBody, ProviderError.ConnectionLost)]
    [InlineData("gpt", FaultKind.MalformedJson, ProviderError.MalformedAnswer)]
    [InlineData("gpt", FaultKind.ContentFilter, ProviderError.ContentFiltered)]
    [InlineData("gpt", FaultKind.ContextTooLong, ProviderError.ContextTooLong)]
    [InlineData("gpt", FaultKind.KeyRefused, ProviderError.KeyRefused)]
    [InlineData("claude", FaultKind.RateLimited, ProviderError.RateLimited)]
    [InlineData("claude", FaultKind.QuotaExhausted, ProviderError.QuotaExhausted)]
    [InlineData("claude", FaultKind.ServerError, ProviderError.ServerError)]
    [InlineData("claude", FaultKind.Unavailable, ProviderError.Overloaded)]
    [InlineData("claude", FaultKind.Overloaded, ProviderError.Overloaded)]
    [InlineData("claude", FaultKind.Reset, ProviderError.ConnectionLost)]
    [InlineData("claude", FaultKind.ResetAfterHeaders, ProviderError.ConnectionLost)]
    [InlineData("claude", FaultKind.CutBody, ProviderError.ConnectionLost)]
    [InlineData("claude", FaultKind.MalformedJson, ProviderError.MalformedAnswer)]
    [InlineData("claude", FaultKind.ContextTooLong, ProviderError.ContextTooLong)]
    [InlineData("claude", FaultKind.KeyRefused, ProviderError.KeyRefused)]
    public async Task Every_fault_is_classified_and_the_call_is_made_once(string model, FaultKind fault, ProviderError expected)
    {
        await using var sim = await SetupAsync(model, new SimulatedFault { Kind = fault });
        using var provider = Provider(sim, model);

        var result = await CallAsync(provider, model, ProviderCalls.Hello);

        Assert.Equal(expected, result.Error);
        Assert.DoesNotContain("sim-key", result.ErrorMessage, StringComparison.Ordinal);
        Assert.Single(sim.Sim.Calls);
    }

    [Theory]
    [InlineData("gpt", FaultKind.ContentFilterFinish)]
    [InlineData("claude", FaultKind.ContentFilter)]
    public async Task An_answer_that_was_filtered_says_so(string model, FaultKind fault)
    {
        await using var sim = await SetupAsync(model, new SimulatedFault { Kind = fault });
        using var provider = Provider(sim, model);

        var result = await CallAsync(provider, model, ProviderCalls.Hello);

        Assert.Null(result.Error);
        Assert.Equal("content_filter", result.FinishReason);
    }

    [Theory]
    [InlineData("gpt")]
    [InlineData("claude")]
    public async Task A_rate_limit_carries_its_wait(string model)
    {
        await using var sim = await SetupAsync(model, new SimulatedFault { Kind = FaultKind.RateLimited, RetryAfterSeconds = 7 });
        using var provider = Provider(sim, model);

        Assert.Equal(TimeSpan.FromSeconds(7), (await CallAsync(provider, model, ProviderCalls.Hello)).RetryAfter);
    }

    [Theory]
    [InlineData("gpt")]
    [InlineData("claude")]
    public async Task A_wrong_key_or_model_is_for_an_operator(string model)
    {
        await using var sim = await RunningSim.StartAsync();
        using var provider = Provider(sim, model, key: "sk-wrong-0123456789");
        using var good = Provider(sim, model);

        var refused = await CallAsync(provider, model, ProviderCalls.Hello);
        var unknown = await CallAsync(good, "no-such-model", ProviderCalls.Hello);

        Assert.Equal(ProviderError.KeyRefused, refused.Error);
        Assert.DoesNotContain("0123456789", refused.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(ProviderError.KeyRefused, unknown.Error);
    }

    [Theory]
    [InlineData("gpt")]
    [InlineData("claude")]
    public async Task A_prompt_beyond_the_context_is_too_long(string model)
    {
        await using var sim = await RunningSim.StartAsync();
        using var provider = Provider(sim, model);
        var prompt = string.Concat(Enumerable.Repeat("word ", 4_000));

        var result = await CallAsync(provider, model, $$"""{"messages":[{"role":"user","content":"{{prompt}}"}]}""");

        Assert.Equal(ProviderError.ContextTooLong, result.Error);
    }

    [Fact]
    public async Task Nobody_listening_is_a_failed_connection()
    {
        var sim = await RunningSim.StartAsync();
        using var provider = Provider(sim, "gpt");
        await sim.DisposeAsync();

        Assert.Equal(ProviderError.ConnectionFailed, (await CallAsync(provider, "gpt", ProviderCalls.Hello)).Error);
    }

    [Fact]
    public async Task Cancelling_ends_a_call_that_hangs()
    {
        await using var sim = await SetupAsync("gpt", new SimulatedFault { Kind = FaultKind.Hang });
        using var provider = Provider(sim, "gpt");
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var call = provider.CallAsync(ProviderCalls.Call(ProviderCalls.Hello) with { VendorModel = "gpt" }, source.Token);
        await Until.TrueAsync(() => sim.Sim.Calls.Count == 1, "the call arrives");
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private static Task<RunningSim> SetupAsync(string model, SimulatedFault fault) => RunningSim.StartAsync(new()
    {
        Models = [(model == "gpt" ? RunningSim.Gpt : RunningSim.Claude) with { Faults = [fault] }],
    });

    private static EitherProvider Provider(RunningSim sim, string model, string key = "sim-key")
    {
        var settings = new ProviderSettings { Account = "sim", ApiKey = key, BaseAddress = new Uri(sim.Sim.Address, "v1/") };
        var handler = VendorHttpHandler.Create(settings);
        return model == "claude"
            ? new EitherProvider(new AnthropicProvider(settings, handler, TimeProvider.System))
            : new EitherProvider(new OpenAiProvider(settings, handler, TimeProvider.System));
    }

    private static Task<ProviderResult> CallAsync(IModelProvider provider, string model, string body, string operation = "chat") =>
        provider.CallAsync(
            ProviderCalls.Call(body, operation) with { VendorModel = model, MaxOutputTokens = 400 }, TestContext.Current.CancellationToken);

    private sealed class EitherProvider(IModelProvider provider) : IModelProvider, IDisposable
    {
        public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken) => provider.CallAsync(request, cancellationToken);

        public void Dispose() => ((IDisposable)provider).Dispose();
    }
}
