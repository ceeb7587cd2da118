using System.Text.Json;
using LlmBroker.Cli;
using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.Broker;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;
using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Tests.Learning;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Cli;

/// <summary>Learning from own traffic by what operators type, from the first label to a router that works with the new model.</summary>
public sealed class LedgerTrainingCommandTests(RealPartsFixture parts) : IDisposable
{
    private const string HardPrompt = "Translate into German: the demurrage claim of Norden AG was changed on March 3.";
    private const string EasyPrompt = "Translate into German: the book club of Norden AG was changed on March 3.";

    private static readonly DateTimeOffset Midnight = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-ledger-training-");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private string Config => InFolder("llmbroker.json");

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task On_Postgres_a_model_that_learnt_from_real_traffic_and_days_before_takes_over_without_a_restart()
    {
        await using var broker = await BrokerUnderTest.StartAsync(parts, 2, """
            {
              "models": { "m1": { "tier": "large" } },
              "policies": { "auto": { "cheap": "m0", "large": "m1", "auto": { "threshold": 0.35 } } },
              "routing": { "defaultPolicy": "auto", "learning": { "share": 1 } }
            }
            """);
        await using var producer = await broker.ProducerAsync();
        broker.Model();
        broker.Model();
        await using (var source = PostgresDatabase.CreateSource(broker.ConnectionString))
        {
            await OwnTraffic.WriteAsync(
                new PostgresLedgerStore(source, TimeSpan.FromDays(30), TimeProvider.System), new PostgresDatabase(source),
                OwnTraffic.Make(Midnight.AddDays(-20), days: 20, perDay: 150, seed: 5), CancellationToken);
        }

        var real = OwnTraffic.Make(Midnight, days: 1, perDay: 200, seed: 6);
        await AnswerAsync(broker, producer, real);
        Assert.Equal(("cheap", false), await RouteAsync(broker, producer, HardPrompt));

        await WriteConfigAsync(broker.Json);
        var trained = await JsonAsync(broker.Amqp, "route", "train", "--from-ledger", "--out", InFolder("learnt.model"), "--hold-out-days", "5", "--json");
        Assert.True(trained.GetProperty("written").GetBoolean());
        Assert.Equal(15, trained.GetProperty("days").GetInt32());
        Assert.Equal(6, trained.GetProperty("held_out_days").GetInt32());
        Assert.InRange(trained.GetProperty("learnt_model").GetProperty("n").GetInt32(), 700, 950);
        Assert.True(Number(trained, "learnt_model", "auc") > Number(trained, "running", "auc") + 0.15, trained.ToString());
        Assert.True(Number(trained, "learnt_model", "loss") < Number(trained, "running", "loss"), trained.ToString());
        Assert.True(Number(trained, "apgr_difference", "low") > 0, trained.ToString());

        var compared = await JsonAsync(broker.Amqp, "route", "eval", "--from-ledger", "--model", InFolder("learnt.model"), "--hold-out-days", "5", "--json");
        Assert.Equal(Number(trained, "learnt_model", "auc"), Number(compared.GetProperty("comparison"), "other_model", "auc"));
        Assert.True(compared.GetProperty("comparison").GetProperty("is_better").GetBoolean());

        var version = trained.GetProperty("version").GetString()!;
        var set = await RunAsync(broker.Amqp, "config", "set", "routing.modelFile", InFolder("learnt.model"));
        Assert.True(set.ExitCode == 0, set.Errors);
        await Eventually.HoldsAsync(async _ => (await DecideAsync(broker, producer, EasyPrompt)).Model == version, "the router works with the new model", CancellationToken);
        Assert.Equal(("large", true), await RouteAsync(broker, producer, HardPrompt));
        Assert.Equal(("cheap", true), await RouteAsync(broker, producer, EasyPrompt));

        // The running model is the learnt one now, and learns on from there.
        var again = await RunAsync(broker.Amqp, "route", "eval", "--from-ledger", "--model", InFolder("learnt.model"), "--hold-out-days", "5", "--json");
        Assert.Equal(ExitCode.NotBetter, again.ExitCode);
        Assert.Contains("the difference may be chance", again.Output, StringComparison.Ordinal);

        async Task<(string Tier, bool IsLearnt)> RouteAsync(BrokerUnderTest broker, Producer producer, string prompt)
        {
            var (tier, model) = await DecideAsync(broker, producer, prompt);
            return (tier, model.Contains("+ledger-", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task On_SQLite_a_model_is_learnt_compared_and_refused_with_a_reason()
    {
        var database = new SqliteDatabase(InFolder("ledger.db"));
        await LedgerMigrator.ForSqlite(InFolder("ledger.db"), NullLogger.Instance).MigrateAsync(CancellationToken);
        await WriteConfigAsync(JsonSerializer.Serialize(new { ledger = new { sqlite = InFolder("ledger.db") } }));

        var nothing = await RunAsync(Nowhere, "route", "train", "--from-ledger", "--out", InFolder("learnt.model"), "--json");
        Assert.Equal(ExitCode.NotBetter, nothing.ExitCode);
        Assert.Contains("No model was written. Nothing was said of a cheap answer.", nothing.Errors, StringComparison.Ordinal);
        Assert.False(LastLine(nothing.Output).GetProperty("written").GetBoolean());

        await OwnTraffic.WriteAsync(
            new SqliteLedgerStore(database, TimeSpan.FromDays(30), TimeProvider.System), database, OwnTraffic.Make(Midnight.AddDays(-20), days: 20, perDay: 150, seed: 5), CancellationToken);
        var trained = await JsonAsync(Nowhere, "route", "train", "--from-ledger", "--out", InFolder("learnt.model"), "--json");
        Assert.True(trained.GetProperty("is_better").GetBoolean(), trained.ToString());
        Assert.Equal((13, 7), (trained.GetProperty("days").GetInt32(), trained.GetProperty("held_out_days").GetInt32()));
        Assert.True(File.Exists(InFolder("learnt.card.json")));
        await JsonAsync(Nowhere, "route", "train", "--from-ledger", "--out", InFolder("again.model"), "--json");
        Assert.Equal(await File.ReadAllBytesAsync(InFolder("learnt.model"), CancellationToken), await File.ReadAllBytesAsync(InFolder("again.model"), CancellationToken));

        var late = await RunAsync(Nowhere, "route", "train", "--from-ledger", "--out", InFolder("late.model"), "--hold-out-days", "25");
        Assert.Equal(ExitCode.NotBetter, late.ExitCode);
        Assert.Contains("There are 0 labelled cheap answers with features before", late.Errors, StringComparison.Ordinal);
        Assert.Contains("fewer --hold-out-days", late.Errors, StringComparison.Ordinal);

        var existing = await RunAsync(Nowhere, "route", "train", "--from-ledger", "--out", InFolder("learnt.model"), "--force");
        Assert.Equal(ExitCode.Unusable, existing.ExitCode);
        Assert.Contains($"{InFolder("learnt.model")} exists", existing.Errors, StringComparison.Ordinal);

        await WriteConfigAsync(JsonSerializer.Serialize(new { ledger = new { sqlite = InFolder("ledger.db") }, routing = new { modelFile = InFolder("learnt.model") } }));
        var same = await RunAsync(Nowhere, "route", "train", "--from-ledger", "--out", InFolder("second.model"));
        Assert.Equal(ExitCode.NotBetter, same.ExitCode);
        Assert.Contains("No model was written: ", same.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(InFolder("second.model")));
    }

    private static Uri Nowhere { get; } = new("amqp://127.0.0.1:1");

    private static double Number(JsonElement document, string of, string name) => document.GetProperty(of).GetProperty(name).GetDouble();

    /// <summary>Publishes them, waits for the answers, and says what each was worth.</summary>
    private static async Task AnswerAsync(BrokerUnderTest broker, Producer producer, OwnRequest[] requests)
    {
        foreach (var request in requests)
            await producer.PublishAsync(prompt: request.Prompt, requestId: request.Id);
        foreach (var request in requests)
        {
            var reply = await producer.ReplyAsync(request.Id);
            Assert.True(reply.IsCompleted, reply.Body.ToString());
            await producer.Channel.BasicPublishAsync(
                "llm.feedback", "default", mandatory: true, new BasicProperties { MessageId = $"of-{request.Id}" },
                JsonSerializer.SerializeToUtf8Bytes(new { requestId = request.Id, verdict = request.IsBad ? "rejected" : "accepted" }), CancellationToken);
        }

        await Eventually.HoldsAsync(
            async _ => await broker.ScalarAsync<long>("SELECT count(*) FROM feedback WHERE tenant = 'default'") == requests.Length, "all feedback is on record", CancellationToken);
        Assert.Equal(requests.Length, await broker.ScalarAsync<long>($"SELECT count(*) FROM payloads WHERE tenant = 'default' AND kind = {(int)PayloadKind.Features}"));
    }

    private static async Task<(string Tier, string Model)> DecideAsync(BrokerUnderTest broker, Producer producer, string prompt)
    {
        var id = await producer.PublishAsync(prompt: prompt);
        Assert.True((await producer.ReplyAsync(id)).IsCompleted);
        var row = await broker.ScalarAsync<string>($"SELECT tier || ' ' || (decision->>'routingModel') FROM requests WHERE request_id = '{id}'");
        var parts = row!.Split(' ');
        return (parts[0], parts[1]);
    }

    private string InFolder(string name) => Path.Join(folder.FullName, name);

    private async Task WriteConfigAsync(string json)
    {
        // A simulated key, so it may stand in a file of its own.
        await File.WriteAllTextAsync(InFolder("key"), "sim-key", CancellationToken);
        await File.WriteAllTextAsync(Config, json.Replace("\"env\":\"SIM_KEY\"", $"\"file\":\"{InFolder("key")}\"", StringComparison.Ordinal), CancellationToken);
    }

    private async Task<JsonElement> JsonAsync(Uri rabbitMq, params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(rabbitMq, arguments);
        Assert.True(exitCode == 0, output + errors);
        return LastLine(output);
    }

    private static JsonElement LastLine(string output) => JsonSerializer.Deserialize<JsonElement>(output.TrimEnd().Split('\n')[^1]);

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(Uri rabbitMq, params string[] arguments) =>
        CommandProcess.RunAsync(rabbitMq, CancellationToken, [.. arguments, "--config", Config]);
}
