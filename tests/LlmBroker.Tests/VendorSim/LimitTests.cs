using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class LimitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private Task<RunningSim> Setup(params SimulatedModel[] models) =>
        RunningSim.StartAsync(new VendorSimOptions { Models = models, TimeProvider = _time });

    [Fact]
    public async Task OpenAi_headers_tell_the_quota_as_the_vendor_does()
    {
        await using var sim = await Setup(RunningSim.Gpt with { Limits = new SimulatedLimits { RequestsPerMinute = 60, TokensPerMinute = 1_000 } });

        using var response = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(more: ",\"max_tokens\":300"));

        Assert.Equal("60", Header(response, "x-ratelimit-limit-requests"));
        Assert.Equal("59", Header(response, "x-ratelimit-remaining-requests"));
        Assert.Equal("1s", Header(response, "x-ratelimit-reset-requests"));
        Assert.Equal("1000", Header(response, "x-ratelimit-limit-tokens"));
        Assert.Equal("700", Header(response, "x-ratelimit-remaining-tokens"));
        Assert.Equal("18s", Header(response, "x-ratelimit-reset-tokens"));
        Assert.NotNull(Header(response, "x-request-id"));
        Assert.NotNull(Header(response, "openai-processing-ms"));
        Assert.Null(Header(response, "retry-after"));
    }

    [Fact]
    public async Task OpenAi_over_quota_says_when_to_come_back_and_then_lets_in()
    {
        await using var sim = await Setup(RunningSim.Gpt with { Limits = new SimulatedLimits { RequestsPerMinute = 2 } });
        Assert.Equal(200, (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Status);
        Assert.Equal(200, (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Status);

        using var refused = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat());

        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal("30", Header(refused, "retry-after"));
        Assert.Equal("30000", Header(refused, "retry-after-ms"));
        Assert.Equal("0", Header(refused, "x-ratelimit-remaining-requests"));
        Assert.Equal("1m0s", Header(refused, "x-ratelimit-reset-requests"));
        Assert.Equal("rate_limit_exceeded", (await RunningSim.ReadAsync(refused)).GetProperty("error").GetProperty("code").GetString());
        Assert.False(sim.Sim.Calls[2].Billed);
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(200, (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Status);
    }

    [Fact]
    public async Task A_request_over_the_whole_quota_is_not_told_to_come_back()
    {
        await using var sim = await Setup(RunningSim.Gpt with { Limits = new SimulatedLimits { TokensPerMinute = 100 } });

        using var response = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(more: ",\"max_tokens\":101"));

        Assert.Equal(429, (int)response.StatusCode);
        Assert.Null(Header(response, "retry-after"));
    }

    [Fact]
    public async Task Anthropic_headers_tell_the_quota_as_the_vendor_does()
    {
        await using var sim = await Setup(RunningSim.Claude with
        {
            Tokens = new SimulatedTokens { Output = 50 },
            Limits = new SimulatedLimits { RequestsPerMinute = 1, InputTokensPerMinute = 1_000, OutputTokensPerMinute = 100 },
        });

        using var first = await sim.PostAsync(RunningSim.MessagesPath, RunningSim.Messages());
        using var second = await sim.PostAsync(RunningSim.MessagesPath, RunningSim.Messages());

        Assert.Equal("0", Header(first, "anthropic-ratelimit-requests-remaining"));
        Assert.Equal("2026-01-02T03:05:05Z", Header(first, "anthropic-ratelimit-requests-reset"));
        Assert.Equal("100", Header(first, "anthropic-ratelimit-output-tokens-limit"));
        Assert.Equal("50", Header(first, "anthropic-ratelimit-output-tokens-remaining"));
        Assert.Equal("2026-01-02T03:04:35Z", Header(first, "anthropic-ratelimit-output-tokens-reset"));
        Assert.Equal("1000", Header(first, "anthropic-ratelimit-input-tokens-limit"));
        Assert.Equal(429, (int)second.StatusCode);
        Assert.Equal("60", Header(second, "retry-after"));
        Assert.Equal("rate_limit_error", (await RunningSim.ReadAsync(second)).GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Azure_headers_tell_the_quota_as_the_vendor_does()
    {
        await using var sim = await Setup(RunningSim.Azure with { Limits = new SimulatedLimits { RequestsPerMinute = 1, TokensPerMinute = 1_000 } });
        var (path, body) = RunningSim.Simplest(Vendor.Azure);

        using var first = await sim.PostAsync(path, body);
        using var second = await sim.PostAsync(path, body);

        Assert.Equal("1", Header(first, "x-ratelimit-limit-requests"));
        Assert.Equal("0", Header(first, "x-ratelimit-remaining-requests"));
        Assert.Equal("1000", Header(first, "x-ratelimit-limit-tokens"));
        Assert.NotNull(Header(first, "apim-request-id"));
        Assert.Equal(429, (int)second.StatusCode);
        Assert.Equal(("60", "60000"), (Header(second, "retry-after"), Header(second, "retry-after-ms")));
        Assert.Contains("Please retry after 60 seconds", (await RunningSim.ReadAsync(second)).GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bedrock_throttles_without_a_word_of_when()
    {
        await using var sim = await Setup(RunningSim.Converse with { Limits = new SimulatedLimits { TokensPerMinute = 200 } });

        using var response = await sim.PostAsync(
            RunningSim.ConversePath, """{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":200}}""");

        Assert.Equal(429, (int)response.StatusCode);
        Assert.StartsWith("ThrottlingException:", Header(response, "x-amzn-ErrorType"), StringComparison.Ordinal);
        Assert.Equal("Too many tokens, please wait before trying again.", (await RunningSim.ReadAsync(response)).GetProperty("message").GetString());
        Assert.Null(Header(response, "retry-after"));
    }

    [Fact]
    public async Task Google_tells_the_quota_in_the_details_of_its_error()
    {
        await using var sim = await Setup(RunningSim.Gemini with { Limits = new SimulatedLimits { RequestsPerMinute = 2 } });
        var (path, body) = RunningSim.Simplest(Vendor.Google);
        Assert.Equal(200, (await sim.PostJsonAsync(path, body)).Status);
        Assert.Equal(200, (await sim.PostJsonAsync(path, body)).Status);

        var (status, answer) = await sim.PostJsonAsync(path, body);

        var details = answer.GetProperty("error").GetProperty("details").EnumerateArray().ToList();
        Assert.Equal(429, status);
        Assert.Equal("30s", details.Single(IsOf("RetryInfo")).GetProperty("retryDelay").GetString());
        Assert.Equal(
            "GenerateRequestsPerMinutePerProjectPerModel",
            details.Single(IsOf("QuotaFailure")).GetProperty("violations")[0].GetProperty("quotaId").GetString());

        static Func<System.Text.Json.JsonElement, bool> IsOf(string type) =>
            detail => detail.GetProperty("@type").GetString() == $"type.googleapis.com/google.rpc.{type}";
    }

    [Fact]
    public async Task HuggingFace_headers_tell_the_quota_as_the_vendor_does()
    {
        await using var sim = await Setup(RunningSim.Router with { Limits = new SimulatedLimits { RequestsPerMinute = 2 } });
        var (path, body) = RunningSim.Simplest(Vendor.HuggingFace);

        using var response = await sim.PostAsync(path, body);

        Assert.Equal("\"api\";r=1;t=30", Header(response, "RateLimit"));
        Assert.Equal("\"fixed window\";\"api\";q=2;w=60", Header(response, "RateLimit-Policy"));
    }

    [Fact]
    public async Task Concurrent_calls_over_the_cap_are_refused_until_one_ends()
    {
        var model = RunningSim.Gpt with { Latency = new SimulatedLatency { Ms = 60_000 }, Limits = new SimulatedLimits { Concurrent = 1 } };
        await using var sim = await Setup(model);
        using var leaving = new CancellationTokenSource();
        var request = new HttpRequestMessage(HttpMethod.Post, RunningSim.ChatPath) { Content = new StringContent(RunningSim.Chat(), null, "application/json") };
        request.Headers.Add("Authorization", "Bearer sim-key");
        var first = sim.Client.SendAsync(request, leaving.Token);
        await Until.TrueAsync(() => sim.Sim.Calls.Count == 1, "the first call runs");

        Assert.Equal(429, (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Status);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        sim.Sim.Configure(model with { Latency = new SimulatedLatency() });
        await Until.TrueAsync(async () => (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Status == 200, "the slot of the client that left is free");
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(120, "120ms")]
    [InlineData(1_000, "1s")]
    [InlineData(90_951, "1m30.951s")]
    [InlineData(360_000, "6m0s")]
    [InlineData(3_600_000, "1h0m0s")]
    public void Format_writes_durations_as_go_does(int milliseconds, string expected) =>
        Assert.Equal(expected, GoDuration.Format(TimeSpan.FromMilliseconds(milliseconds)));

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
