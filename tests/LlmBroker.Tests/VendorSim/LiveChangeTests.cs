using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class LiveChangeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Put_of_one_model_is_in_force_with_the_next_call()
    {
        await using var sim = await RunningSim.StartAsync();

        using var put = await PutAsync(sim, "/sim/models/gpt", """{"vendor":"openai","faults":[{"kind":"unavailable","next":1}]}""");

        Assert.Equal(200, (int)put.StatusCode);
        Assert.Equal(503, await ChatStatusAsync(sim));
        Assert.Equal(200, await ChatStatusAsync(sim));
        using var again = await PutAsync(sim, "/sim/models/gpt", """{"vendor":"openai","faults":[{"kind":"unavailable","next":1}]}""");
        Assert.Equal(503, await ChatStatusAsync(sim));
    }

    [Fact]
    public async Task Put_of_what_get_gave_changes_nothing()
    {
        var model = RunningSim.Gpt with
        {
            Latency = new SimulatedLatency { Kind = LatencyKind.Lognormal, MedianMs = 1, P95Ms = 2 },
            Limits = new SimulatedLimits { RequestsPerMinute = 9 },
            Faults = [new SimulatedFault { Kind = FaultKind.CutBody, Every = 1_000 }],
        };
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { Models = [model, RunningSim.Claude] });
        var before = await sim.Client.GetStringAsync("/sim/models", TestContext.Current.CancellationToken);

        using var put = await PutAsync(sim, "/sim/models", before);

        Assert.Equal(200, (int)put.StatusCode);
        Assert.Equal(before, await sim.Client.GetStringAsync("/sim/models", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Put_with_faults_names_them_all_and_changes_nothing()
    {
        await using var sim = await RunningSim.StartAsync();

        using var put = await PutAsync(sim, "/sim/models", """
            {"models":[{"name":"x","vendor":"acme","contextWindow":"big","latency":{"kind":"uniform","minMs":9,"maxMs":3}},
                       {"name":"y","vendor":"openai","fault":[],"limits":{"inputTokensPerMinute":5}}]}
            """);

        var errors = (await RunningSim.ReadAsync(put)).GetProperty("errors").EnumerateArray().Select(error => error.GetString()!).ToList();
        Assert.Equal(400, (int)put.StatusCode);
        Assert.Contains("model 'x': vendor must be one of openai, anthropic, azure, bedrock, google, huggingface, but is \"acme\"", errors);
        Assert.Contains("model 'x': contextWindow must be a whole number, but is \"big\"", errors);
        Assert.Contains("model 'x': latency.maxMs must be at least minMs, but is 3", errors);
        Assert.Contains(errors, error => error.StartsWith("model 'y': fault is not a field here", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("model 'y': limits.inputTokensPerMinute is for vendor anthropic", StringComparison.Ordinal));
        Assert.Equal(200, await ChatStatusAsync(sim));
    }

    [Theory]
    [InlineData("""{"vendor":"anthropic","embeddingDimensions":8}""", "embeddingDimensions is for vendor openai, azure, bedrock, google, huggingface only, but is 8")]
    [InlineData("""{"vendor":"bedrock","isReasoningModel":true}""", "isReasoningModel is for vendor openai, azure only, but is True")]
    [InlineData("""{"vendor":"openai","task":"translation"}""", "task is for vendor huggingface only, but is Translation")]
    [InlineData("""{"vendor":"huggingface","task":"text-classification"}""", "labels must name at least one, but is absent")]
    [InlineData("""{"vendor":"huggingface","labels":["a"]}""", "labels are for tasks text-classification and token-classification only, but is a")]
    [InlineData("""{"vendor":"huggingface","task":"feature-extraction"}""", "embeddingDimensions must be set for task feature-extraction, but is absent")]
    [InlineData("""{"vendor":"google","tokens":{"cacheWriteShare":0.1}}""", "tokens.cacheWriteShare is for vendor anthropic, bedrock only, but is 0.1")]
    [InlineData("""{"vendor":"bedrock","tokens":{"cachedShare":0.6,"cacheWriteShare":0.6}}""", "tokens.cacheWriteShare must be from 0 to 1, with cachedShare, but is 0.6")]
    [InlineData("""{"vendor":"huggingface","limits":{"tokensPerMinute":9}}""", "limits.tokensPerMinute is for vendor openai, azure, bedrock, google only, but is 9")]
    [InlineData("""{"vendor":"google","faults":[{"kind":"overloaded"}]}""", "faults[0].kind is for vendor anthropic only, but is overloaded")]
    [InlineData("""{"vendor":"openai","faults":[{"kind":"model-not-ready"}]}""", "faults[0].kind is for vendor bedrock, huggingface only, but is model-not-ready")]
    public async Task Put_of_what_a_vendor_has_not_is_refused(string model, string fault)
    {
        await using var sim = await RunningSim.StartAsync();

        using var put = await PutAsync(sim, "/sim/models/x", model);

        var errors = (await RunningSim.ReadAsync(put)).GetProperty("errors").EnumerateArray().Select(error => error.GetString()!);
        Assert.Equal(400, (int)put.StatusCode);
        Assert.Equal([$"model 'x': {fault}"], errors);
    }

    [Fact]
    public async Task Changed_file_is_in_force_and_a_faulty_one_is_reported_and_passed_over()
    {
        var path = _folder.File("models.json");
        await WriteAsync(path, """{"models":[{"name":"gpt","vendor":"openai"}]}""");
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions { ModelsFile = path });
        Assert.Equal(200, await ChatStatusAsync(sim));

        await WriteAsync(path, """{"models":[{"name":"gpt","vendor":"openai","faults":[{"kind":"server-error"}]}]}""");
        await Until.TrueAsync(async () => await ChatStatusAsync(sim) == 500, "the changed file is in force");

        await WriteAsync(path, """{"models":[{"name":"gpt","vendor":"openai","faults":[{"kind":"nonsense"}]}]}""");
        await Until.TrueAsync(async () => (await FileFaultAsync(sim))?.Contains("nonsense", StringComparison.Ordinal) == true, "the faulty file is reported");
        Assert.Equal(500, await ChatStatusAsync(sim));

        await WriteAsync(path, """{"models":[{"name":"gpt","vendor":"openai" }]}""");
        await Until.TrueAsync(async () => await ChatStatusAsync(sim) == 200, "the repaired file is in force");
        Assert.Null(await FileFaultAsync(sim));
    }

    [Fact]
    public async Task Start_with_a_faulty_file_throws_with_every_fault()
    {
        var path = _folder.File("models.json");
        await WriteAsync(path, """{"models":[{"name":"a"},{"name":"a","vendor":"openai","tokens":{"cachedShare":2}}]}""");

        var thrown = await Assert.ThrowsAsync<InvalidModelsException>(() => RunningSim.StartAsync(new VendorSimOptions { ModelsFile = path }));

        Assert.Contains(thrown.Faults, fault => fault.Contains("vendor is missing", StringComparison.Ordinal));
        Assert.Contains(thrown.Faults, fault => fault.Contains("name is used 2 times", StringComparison.Ordinal));
        Assert.Contains(thrown.Faults, fault => fault.Contains("tokens.cachedShare must be from 0 to 1, but is 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Sample_file_is_valid()
    {
        var models = ModelsReader.ReadAll(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models.sample.json")));

        Assert.Equal(["sim-gpt-mini", "sim-gpt", "sim-claude-haiku", "sim-claude-sonnet"], models.Select(model => model.Name).Take(4));
        Assert.Equal(Enum.GetValues<Vendor>().Where(vendor => vendor != Vendor.Unknown), models.Select(model => model.Vendor).Distinct().Order());
    }

    private static async Task<int> ChatStatusAsync(RunningSim sim) => (await sim.PostJsonAsync(RunningSim.ChatPath, RunningSim.Chat())).Status;

    private static async Task<string?> FileFaultAsync(RunningSim sim) =>
        JsonElement.Parse(await sim.Client.GetStringAsync("/sim/stats", TestContext.Current.CancellationToken)).GetProperty("models_file_fault").GetString();

    private static Task<HttpResponseMessage> PutAsync(RunningSim sim, string path, string json) =>
        sim.Client.PutAsync(path, new StringContent(json), TestContext.Current.CancellationToken);

    private static Task WriteAsync(string path, string text) => File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
}
