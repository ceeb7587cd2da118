using System.CommandLine;
using System.Text.Json;
using LlmBroker.Cli;
using LlmBroker.Cli.Routes;
using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Routing.Prediction;
using LlmBroker.Tests.Learning;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace LlmBroker.Tests.Cli.Routes;

/// <summary>The commands on a ledger in a SQLite file, by their exit codes and by what they leave.</summary>
public sealed class LedgerTrainingTests : IDisposable
{
    private static readonly DateTimeOffset Midnight = new(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-ledger-training-");

    private string Out => InFolder("learnt.model");

    private string Card => InFolder("learnt.card.json");

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_better_model_is_written_with_its_card_and_the_same_ledger_and_seed_give_the_same_file()
    {
        await WriteAsync(OwnTraffic.Make(Midnight.AddDays(-10), days: 10, perDay: 90, seed: 5));

        Assert.Equal(ExitCode.Success, await RunAsync("train", "--from-ledger", "--out", Out, "--hold-out-days", "4", "--seed", "7"));
        Assert.Equal(ExitCode.Success, await RunAsync("train", "--from-ledger", "--out", InFolder("again.model"), "--hold-out-days", "4", "--seed", "7"));
        Assert.Equal(ExitCode.Success, await RunAsync("train", "--from-ledger", "--out", InFolder("other.model"), "--hold-out-days", "4", "--seed", "8", "--model-version", "mine"));

        var model = RoutingModelFile.Load(Out);
        Assert.Equal((7, RoutingModelFile.Fingerprint(null), true), (model.Card.Ledger!.Seed, model.Card.Ledger.BasedOnSha256, model.Card.Ledger.IsBetter));
        Assert.Equal(6, model.Card.Ledger.Days);
        var card = JsonDocument.Parse(await File.ReadAllTextAsync(Card, CancellationToken)).RootElement;
        Assert.Equal((model.Card.Version, RoutingModel.LoadEmbedded().Card.Version), (card.GetProperty("version").GetString(), card.GetProperty("ledger").GetProperty("basedOn").GetString()));
        Assert.Equal(await File.ReadAllBytesAsync(Out, CancellationToken), await File.ReadAllBytesAsync(InFolder("again.model"), CancellationToken));
        Assert.NotEqual(await File.ReadAllBytesAsync(Out, CancellationToken), await File.ReadAllBytesAsync(InFolder("other.model"), CancellationToken));
        Assert.Equal("mine", RoutingModelFile.Load(InFolder("other.model")).Card.Version);

        // Compared without being switched on, with the shipped model and with itself.
        Assert.Equal(ExitCode.Success, await RunAsync("eval", "--from-ledger", "--model", Out, "--hold-out-days", "4"));
        Assert.Equal(ExitCode.Success, await RunAsync("eval", "--from-ledger", "--hold-out-days", "4"));
        Configure(Out);
        Assert.Equal(ExitCode.NotBetter, await RunAsync("eval", "--from-ledger", "--model", Out, "--hold-out-days", "4"));
        Assert.Equal(ExitCode.Success, await RunAsync("train", "--from-ledger", "--out", InFolder("forced.model"), "--hold-out-days", "4", "--force"));
        Assert.Equal(model.Card.Version, RoutingModelFile.Load(InFolder("forced.model")).Card.Ledger!.BasedOn);
    }

    [Fact]
    public async Task What_is_not_better_is_written_only_when_it_is_forced()
    {
        await WriteAsync(OwnTraffic.Make(Midnight.AddDays(-10), days: 10, perDay: 60, seed: 5, hasSignal: false));

        Assert.Equal(ExitCode.NotBetter, await RunAsync("train", "--from-ledger", "--out", Out, "--hold-out-days", "5"));
        Assert.Empty(folder.GetFiles("learnt*"));
        Assert.Equal(ExitCode.Success, await RunAsync("train", "--from-ledger", "--out", Out, "--hold-out-days", "5", "--force"));

        Assert.False(RoutingModelFile.Load(Out).Card.Ledger!.IsBetter);
    }

    [Fact]
    public async Task Without_labels_nothing_is_written_not_even_by_force()
    {
        await WriteAsync([]);

        Assert.Equal(ExitCode.NotBetter, await RunAsync("train", "--from-ledger", "--out", Out));
        Assert.Equal(ExitCode.NotBetter, await RunAsync("train", "--from-ledger", "--out", Out, "--force", "--json"));
        Assert.Empty(folder.GetFiles("learnt*"));
    }

    [Fact]
    public async Task Labels_of_one_day_leave_nothing_to_hold_out()
    {
        await WriteAsync(OwnTraffic.Make(Midnight.AddDays(-3), days: 1, perDay: 500, seed: 5));

        Assert.Equal(ExitCode.NotBetter, await RunAsync("train", "--from-ledger", "--out", Out));
        Assert.Equal(ExitCode.NotBetter, await RunAsync("train", "--from-ledger", "--out", Out, "--hold-out-days", "2"));
        Assert.Empty(folder.GetFiles("learnt*"));
        // To compare a file that learnt elsewhere takes no days before.
        RoutingModelFile.Save(RoutingModel.LoadEmbedded(), InFolder("same.model"));
        Assert.Equal(ExitCode.NotBetter, await RunAsync("eval", "--from-ledger", "--model", InFolder("same.model")));
    }

    [Theory]
    [InlineData("learnt.model")]
    [InlineData("learnt.card.json")]
    public async Task A_file_that_exists_is_left_as_it_is(string existing)
    {
        Configure();
        await File.WriteAllTextAsync(InFolder(existing), "mine", CancellationToken);

        Assert.Equal(ExitCode.Unusable, await RunAsync("train", "--from-ledger", "--out", Out, "--force"));

        Assert.Equal("mine", await File.ReadAllTextAsync(InFolder(existing), CancellationToken));
        Assert.Single(folder.GetFiles("learnt*"));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_a_running_model_that_is_damaged_and_a_damaged_file_are_refused()
    {
        await WriteAsync(OwnTraffic.Make(Midnight.AddDays(-10), days: 10, perDay: 60, seed: 5));
        Assert.Equal(ExitCode.Unusable, await RunAsync("train", "--from-ledger", "--out", Path.Join(folder.FullName, "no", "learnt.model")));

        var broken = InFolder("broken.model");
        await File.WriteAllTextAsync(broken, "nonsense, and long enough for a head", CancellationToken);
        Assert.Equal(ExitCode.Unusable, await RunAsync("eval", "--from-ledger", "--model", broken));
        Configure(broken);
        Assert.Equal(ExitCode.Unusable, await RunAsync("train", "--from-ledger", "--out", Out, "--hold-out-days", "5", "--force"));
        Assert.Equal(ExitCode.Unusable, await RunAsync("eval", "--from-ledger", "--hold-out-days", "5"));
        Assert.Empty(folder.GetFiles("learnt*"));
    }

    [Fact]
    public async Task A_damaged_running_model_is_told_by_its_setting_and_with_a_remedy()
    {
        var broken = InFolder("broken.model");
        await File.WriteAllTextAsync(broken, "nonsense, and long enough for a head", CancellationToken);

        var exception = Assert.Throws<InvalidDataException>(() => new LedgerTraffic(Midnight, Midnight, [], [], broken).LoadRunning());

        Assert.StartsWith($"routing.modelFile: {broken}: This is no routing model.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("take it out", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_features_are_told_with_the_request_they_are_of()
    {
        var requests = OwnTraffic.Make(Midnight.AddDays(-10), days: 10, perDay: 60, seed: 5);
        await WriteAsync(requests);
        await using (var connection = await new SqliteDatabase(InFolder("ledger.db")).OpenSqliteAsync(CancellationToken))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE payloads SET body = substr(body, 1, 40) WHERE kind = 3 AND request_id = $id";
            command.Parameters.AddWithValue("$id", requests.First(request => !request.IsLarge).Id);
            Assert.Equal(1, await command.ExecuteNonQueryAsync(CancellationToken));
        }

        Assert.Equal(ExitCode.Unusable, await RunAsync("train", "--from-ledger", "--out", Out, "--hold-out-days", "5"));
        var fault = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var _ in new LearningQueries(new SqliteDatabase(InFolder("ledger.db"))).ReadAsync(Midnight.AddDays(-30), Midnight, CancellationToken))
            {
            }
        });
        Assert.Contains($"request acme/{requests.First(request => !request.IsLarge).Id} are damaged", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train", "--out", "x.model", "--force")]
    [InlineData("train", "--out", "x.model", "--json")]
    [InlineData("train", "--out", "x.model", "--since", "7d")]
    [InlineData("train", "--out", "x.model", "--from-ledger", "--data", ".")]
    [InlineData("train", "--out", "x.model", "--from-ledger", "--hold-out-days", "0")]
    [InlineData("eval", "--from-ledger", "--model", "not-there.model")]
    [InlineData("eval", "--task", "not-there.jsonl", "--hold-out-days", "3")]
    public void Arguments_that_do_not_go_together_are_refused(params string[] arguments) => Assert.NotEmpty(RouteCommand.Create().Parse(arguments).Errors);

    private string InFolder(string name) => Path.Join(folder.FullName, name);

    private void Configure(string? modelFile = null) => File.WriteAllText(InFolder("llmbroker.json"), JsonSerializer.Serialize(new
    {
        ledger = new { sqlite = InFolder("ledger.db") },
        routing = modelFile is null ? new Dictionary<string, string>() : new() { ["modelFile"] = modelFile },
    }));

    private async Task WriteAsync(OwnRequest[] requests)
    {
        Configure();
        var database = new SqliteDatabase(InFolder("ledger.db"));
        await LedgerMigrator.ForSqlite(InFolder("ledger.db"), NullLogger.Instance).MigrateAsync(CancellationToken);
        await OwnTraffic.WriteAsync(new SqliteLedgerStore(database, TimeSpan.FromDays(30), TimeProvider.System), database, requests, CancellationToken);
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        var root = new RootCommand { RouteCommand.Create() };
        root.Options.Add(SharedOptions.Config);
        return root.Parse(["route", .. arguments, "--config", InFolder("llmbroker.json")])
            .InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, CancellationToken);
    }
}
