using System.Text.Json;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;
using LlmBroker.Simulation.Models;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A job of 2,000 real prompts, submitted by the executable: its savings report agrees with the ledger to the last cent.</summary>
public sealed class SavingsTests(RealPartsFixture parts)
{
    private const int Lines = 2000;

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_submitted_job_reports_what_its_policy_saved(bool cascade)
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-savings-");
        var input = Path.Combine(folder.FullName, "mixed.jsonl");
        await File.WriteAllLinesAsync(input, File.ReadLines(JobFile()).Take(Lines), CancellationToken);
        await using var broker = await BrokerUnderTest.StartAsync(parts, models: 2, $$"""
            {
              "models": { "m1": { "tier": "large", "price": { "input": 10, "output": 100 } } },
              "policies": { "auto": { "cheap": "m0", "large": "m1", "holdOut": 0.1 {{(cascade ? ", \"cascade\": {}" : "")}} } },
              "routing": { "defaultPolicy": "auto", "defaultModel": null, "learning": { "share": 1 } }
            }
            """);
        broker.Model(Simulated);
        broker.Model(Simulated);
        var configuration = Path.Combine(folder.FullName, "llmbroker.json");
        await File.WriteAllTextAsync(configuration, broker.Json, CancellationToken);

        var (_, output, errors) = await CommandProcess.RunAsync(
            broker.Amqp, CancellationToken, "submit", input, "--out", Path.Combine(folder.FullName, "out.jsonl"), "--in-flight", "300", "--json", "--config", configuration);

        TestContext.Current.SendDiagnosticMessage(output);
        var summary = JsonDocument.Parse(output).RootElement;
        Assert.True(summary.GetProperty("completed").GetInt32() > Lines * 0.98, output + errors);
        var savings = summary.GetProperty("savings");
        Assert.Equal(summary.GetProperty("completed").GetInt32(), savings.GetProperty("compared").GetInt32());
        Assert.Equal(await broker.ScalarAsync<decimal>("SELECT sum(cost_usd) FROM attempt_ends"), savings.GetProperty("costUsd").GetDecimal());
        Assert.True(savings.GetProperty("savedUsd").GetDecimal() > 0, output);
        Assert.Equal(cascade, savings.GetProperty("escalated").GetInt32() > 0);
        Assert.Equal(cascade, savings.GetProperty("rejectedUsd").GetDecimal() > 0);
        Assert.NotEqual(JsonValueKind.Null, savings.GetProperty("savedByLotUsd").ValueKind);
        Assert.Equal(
            await broker.ScalarAsync<long>("SELECT count(*) FROM requests WHERE cheap_model IS NOT NULL AND NOT refused"),
            await broker.ScalarAsync<long>("SELECT count(*) FROM payloads WHERE kind = 3"));
        folder.Delete(recursive: true);
    }

    private static SimulatedModel Simulated(string name) => new()
    {
        Name = name, Vendor = Vendor.OpenAi, ContextWindow = 1_000_000, Tokens = new() { OutputPerInputToken = 0.5, MinOutput = 8, MaxOutput = 100 },
    };

    private static string JobFile()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "data", "jobs", "mixed.jsonl");
            if (File.Exists(path))
                return path;
        }

        Assert.Skip("../shared/data/jobs/mixed.jsonl, beside the repository, is not here.");
        return "";
    }
}
