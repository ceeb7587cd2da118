using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class FaultTests
{
    private static Task<RunningSim> Setup(params SimulatedFault[] faults) => RunningSim.StartAsync(new VendorSimOptions
    {
        Models =
        [
            RunningSim.Gpt with { Faults = [.. faults.Where(fault => fault.Kind != FaultKind.Overloaded)] },
            RunningSim.Claude with { Faults = [.. faults.Where(fault => fault.Kind != FaultKind.ContentFilterFinish)] },
        ],
    });

    [Theory]
    [InlineData(FaultKind.RateLimited, 429, "rate_limit_exceeded", 429, "rate_limit_error")]
    [InlineData(FaultKind.QuotaExhausted, 429, "insufficient_quota", 400, "invalid_request_error")]
    [InlineData(FaultKind.ServerError, 500, null, 500, "api_error")]
    [InlineData(FaultKind.Unavailable, 503, null, 503, "api_error")]
    [InlineData(FaultKind.Overloaded, 200, null, 529, "overloaded_error")]
    [InlineData(FaultKind.ContentFilter, 400, "invalid_prompt", 200, null)]
    [InlineData(FaultKind.ContextTooLong, 400, "context_length_exceeded", 400, "invalid_request_error")]
    [InlineData(FaultKind.KeyRefused, 401, "invalid_api_key", 401, "authentication_error")]
    [InlineData(FaultKind.AccessDenied, 403, "missing_scope", 403, "permission_error")]
    public async Task Fault_is_answered_in_the_vendors_words(FaultKind kind, int openAiStatus, string? openAiCode, int anthropicStatus, string? anthropicType)
    {
        await using var sim = await Setup(new SimulatedFault { Kind = kind });

        var (chatStatus, chat) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat());
        var (messageStatus, message) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages());

        Assert.Equal(openAiStatus, chatStatus);
        Assert.Equal(openAiCode, chat.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null);
        Assert.Equal(anthropicStatus, messageStatus);
        Assert.Equal(anthropicType, message.TryGetProperty("error", out error) ? error.GetProperty("type").GetString() : null);
        Assert.All(sim.Sim.Calls, call => Assert.Equal(call.Status == 200, call.Billed));
    }

    [Theory]
    [InlineData(7.0, "7")]
    [InlineData(0.2, "1")]
    [InlineData(null, null)]
    public async Task Rate_limited_carries_retry_after_only_when_configured(double? seconds, string? header)
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.RateLimited, RetryAfterSeconds = seconds });

        foreach (var (path, body) in new[] { (RunningSim.ChatPath, RunningSim.Chat()), (RunningSim.MessagesPath, RunningSim.Messages()) })
        {
            using var response = await sim.PostAsync(path, body);

            Assert.Equal(429, (int)response.StatusCode);
            Assert.Equal(header, response.Headers.TryGetValues("retry-after", out var values) ? values.Single() : null);
        }
    }

    [Fact]
    public async Task Content_filter_finish_keeps_status_200()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.ContentFilterFinish });

        var (status, answer) = await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat());

        Assert.Equal(200, status);
        Assert.Equal("content_filter", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Content_filter_of_anthropic_is_a_refusal()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.ContentFilter });

        var (_, answer) = await sim.PostJsonAsync(RunningSim.MessagesPath, RunningSim.Messages());

        Assert.Equal("refusal", answer.GetProperty("stop_reason").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reset_ends_the_connection_before_any_byte(bool beforeGeneration)
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.Reset, BeforeGeneration = beforeGeneration });

        await Assert.ThrowsAsync<HttpRequestException>(() => sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat()));

        var call = Assert.Single(sim.Sim.Calls);
        Assert.Equal((null, "reset", !beforeGeneration), (call.Status, call.Fault, call.Billed));
    }

    [Fact]
    public async Task Reset_after_headers_lets_the_status_through()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.ResetAfterHeaders });

        using var response = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat());

        Assert.Equal(200, (int)response.StatusCode);
        Assert.NotEmpty(response.Headers.GetValues("x-request-id"));
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.True(Assert.Single(sim.Sim.Calls).Billed);
    }

    [Fact]
    public async Task Cut_body_ends_half_way_through_the_promised_length()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.CutBody });

        using var response = await sim.PostAsync(RunningSim.MessagesPath, RunningSim.Messages());

        var promised = response.Content.Headers.ContentLength!.Value;
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var buffer = new byte[promised];
        var got = 0;
        await Assert.ThrowsAsync<HttpIOException>(async () =>
        {
            while (true)
                got += await stream.ReadAsync(buffer.AsMemory(got), TestContext.Current.CancellationToken);
        });
        Assert.Equal(promised / 2, got);
        Assert.True(Assert.Single(sim.Sim.Calls).Billed);
    }

    [Fact]
    public async Task Malformed_json_is_a_complete_200()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.MalformedJson });

        using var response = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat());

        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
        Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(body));
        Assert.True(Assert.Single(sim.Sim.Calls).Billed);
    }

    [Fact]
    public async Task Hang_answers_nothing_and_is_logged()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.Hang });

        var pending = sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat());
        await Until.TrueAsync(() => sim.Sim.Calls.Count == 1, "the hung call is logged");

        Assert.False(pending.IsCompleted);
        Assert.Equal((null, "hang", false), (sim.Sim.Calls[0].Status, sim.Sim.Calls[0].Fault, sim.Sim.Calls[0].Billed));
        await sim.Sim.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => pending);
    }

    [Fact]
    public async Task Slow_adds_to_the_latency()
    {
        var time = new FakeTimeProvider();
        var model = RunningSim.Gpt with
        {
            Latency = new SimulatedLatency { Ms = 100 },
            Faults = [new SimulatedFault { Kind = FaultKind.Slow, ExtraMs = 5_000 }],
        };
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [model], TimeProvider = time });

        var pending = sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat());
        await Until.TrueAsync(() => sim.Sim.Calls.Count == 1, "the call is logged");
        await Until.TrueAsync(
            () =>
            {
                // The call may not wait yet: what is advanced before it does is not counted for it.
                time.Advance(TimeSpan.FromMilliseconds(1_000));
                return pending.IsCompleted;
            },
            "the slow call ends");

        Assert.Equal(5_100, sim.Sim.Calls[0].LatencyPlannedMs);
        Assert.Equal("slow", sim.Sim.Calls[0].Fault);
        (await pending).Dispose();
    }

    [Fact]
    public async Task Next_fires_for_so_many_calls()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.ServerError, Next = 2 });

        Assert.Equal([500, 500, 200, 200], await Statuses(sim, 4));
    }

    [Fact]
    public async Task Every_fires_for_each_nth_call()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.ServerError, Every = 3 });

        Assert.Equal([200, 200, 500, 200, 200, 500], await Statuses(sim, 6));
    }

    [Fact]
    public async Task Marker_fires_only_where_the_prompt_holds_it()
    {
        await using var sim = await Setup(new SimulatedFault { Kind = FaultKind.ServerError, Marker = "[[break]]", Next = 1 });

        Assert.Equal([200], await Statuses(sim, 1));
        Assert.Equal([500, 200], await Statuses(sim, 2, "please [[break]] now"));
    }

    [Fact]
    public async Task Probability_is_repeatable_and_about_right()
    {
        var fault = new SimulatedFault { Kind = FaultKind.ServerError, Probability = 0.3 };
        await using var first = await Setup(fault);
        await using var second = await Setup(fault);

        var statuses = await Statuses(first, 200);

        Assert.Equal(statuses, await Statuses(second, 200));
        Assert.InRange(statuses.Count(status => status == 500), 40, 80);
    }

    private static async Task<List<int>> Statuses(RunningSim sim, int calls, string prompt = "hi")
    {
        var statuses = new List<int>();
        for (var i = 0; i < calls; i++)
            statuses.Add((await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat(prompt))).Status);
        return statuses;
    }
}
