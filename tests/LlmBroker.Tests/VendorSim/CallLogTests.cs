using System.Text;
using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class CallLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Log => _folder.File("calls.jsonl");

    private Task<RunningSim> Setup(SimulatedModel? model = null, TimeProvider? time = null) => RunningSim.StartAsync(new VendorSimOptions
    {
        Models = [model ?? RunningSim.Gpt, RunningSim.Claude],
        CallLogFile = Log,
        TimeProvider = time ?? TimeProvider.System,
    });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Line_is_in_the_file_when_the_first_byte_arrives()
    {
        await using var sim = await Setup();
        for (var i = 1; i <= 50; i++)
        {
            using var response = await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(), attemptId: $"attempt-{i}");

            var lines = ReadLog();
            Assert.Equal(i, lines.Count);
            Assert.Equal($"attempt-{i}", lines[^1].GetProperty("attempt_id").GetString());
        }
    }

    [Fact]
    public async Task Line_is_in_the_file_while_the_call_still_waits()
    {
        await using var sim = await Setup(RunningSim.Gpt with { Latency = new SimulatedLatency { Ms = 60_000 } }, new FakeTimeProvider());

        var pending = sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat());
        await Until.TrueAsync(() => ReadLog().Count == 1, "the line is written");

        Assert.False(pending.IsCompleted);
        await sim.Sim.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => pending);
    }

    [Fact]
    public async Task Line_tells_what_the_vendor_did_and_billed()
    {
        await using var sim = await Setup(RunningSim.Gpt with
        {
            Tokens = new SimulatedTokens { Output = 40, CachedShare = 0.5, Reasoning = 10 },
            Latency = new SimulatedLatency { Ms = 2 },
        });

        (await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat("你好"), attemptId: "a-1")).Dispose();

        var line = Assert.Single(ReadLog());
        Assert.Equal(1, line.GetProperty("sequence").GetInt64());
        Assert.Equal("openai", line.GetProperty("vendor").GetString());
        Assert.Equal("gpt", line.GetProperty("model").GetString());
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("fault").ValueKind);
        Assert.Equal(10, line.GetProperty("input_tokens").GetInt32());
        Assert.Equal(5, line.GetProperty("cached_tokens").GetInt32());
        Assert.Equal(50, line.GetProperty("output_tokens").GetInt32());
        Assert.Equal(10, line.GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal("stop", line.GetProperty("finish_reason").GetString());
        Assert.Equal(2, line.GetProperty("latency_planned_ms").GetDouble());
        Assert.True(line.GetProperty("billed").GetBoolean());
        Assert.Equal(64, line.GetProperty("prompt_sha256").GetString()!.Length);
    }

    [Fact]
    public async Task Reset_call_has_its_line_without_a_status()
    {
        await using var sim = await Setup(RunningSim.Gpt with { Faults = [new SimulatedFault { Kind = FaultKind.Reset }] });

        await Assert.ThrowsAsync<HttpRequestException>(() => sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(), attemptId: "a-1"));

        var line = Assert.Single(ReadLog());
        Assert.Equal("a-1", line.GetProperty("attempt_id").GetString());
        Assert.Equal("reset", line.GetProperty("fault").GetString());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("status").ValueKind);
    }

    [Fact]
    public async Task Refused_and_unreadable_calls_have_their_lines()
    {
        await using var sim = await Setup();

        (await sim.PostAsync(RunningSim.ChatPath, "{")).Dispose();
        (await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(), key: "wrong")).Dispose();
        (await sim.PostAsync(RunningSim.MessagesPath, "{}")).Dispose();

        Assert.Equal([400, 401, 400], ReadLog().Select(line => line.GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task Calls_at_once_share_the_file_without_losing_a_line()
    {
        await using var sim = await Setup();

        await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
            (await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat(), attemptId: $"a-{i}")).Dispose()));

        var lines = ReadLog();
        Assert.Equal(Enumerable.Range(1, 400).Select(i => (long)i), lines.Select(line => line.GetProperty("sequence").GetInt64()));
        Assert.Equal(400, lines.Select(line => line.GetProperty("attempt_id").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Sequence_goes_on_after_a_restart_and_a_torn_line()
    {
        await using (var sim = await Setup())
        {
            (await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat())).Dispose();
            (await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat())).Dispose();
        }

        await File.AppendAllTextAsync(Log, "{\"at\":\"20", TestContext.Current.CancellationToken);
        await using (var sim = await Setup())
            (await sim.PostAsync(RunningSim.ChatPath, RunningSim.Chat())).Dispose();

        var lines = await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken);
        Assert.Equal(4, lines.Length);
        Assert.Equal(3, JsonElement.Parse(lines[3]).GetProperty("sequence").GetInt64());
    }

    [Fact]
    public async Task Same_prompt_has_the_same_hash_in_either_vendors_shape()
    {
        await using var sim = await Setup();
        sim.Sim.ConfigureAll([RunningSim.Gpt with { Name = "one" }]);
        await sim.PostJsonAsync(RunningSim.ChatPath, """{"model":"one","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}]}""");
        sim.Sim.ConfigureAll([RunningSim.Claude with { Name = "one" }]);
        await sim.PostJsonAsync(
            RunningSim.MessagesPath, """{"model":"one","max_tokens":9,"system":"s","messages":[{"role":"user","content":[{"type":"text","text":"u"}]}]}""");

        Assert.Equal(200, sim.Sim.Calls[1].Status);
        Assert.Equal(sim.Sim.Calls[0].PromptSha256, sim.Sim.Calls[1].PromptSha256);
    }

    private List<JsonElement> ReadLog()
    {
        using var file = new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
    }
}
