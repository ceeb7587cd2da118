using System.Data.Common;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Ledger;
using LlmBroker.Routing;

namespace LlmBroker.IntegrationTests.Ledger;

/// <summary>What operators change at run time, and who follows.</summary>
public abstract partial class LedgerContractTests
{
    private static readonly BrokerConfiguration ConfigurationFile = BrokerConfiguration.Parse(
        """
        {
          "ledger": { "sqlite": "x.db" },
          "providers": { "p": { "type": "openai" } },
          "models": { "m": { "tier": "cheap", "price": { "input": 1, "output": 2 } } },
          "deployments": { "a": { "provider": "p", "model": "m" }, "b": { "provider": "p", "model": "m", "lanes": { "bulk": "paused" } } },
          "routing": { "defaultModel": "m" }
        }
        """,
        "test",
        new HashSet<string> { "openai" },
        ConfigurationNeeds.None,
        new Dictionary<string, string>());

    private ConfigurationEditor Editor => new(Ledger.Configurations, Time);

    [Fact]
    public async Task Configuration_starts_without_changes()
    {
        Assert.Equal(0, await Ledger.Configurations.GetRevisionAsync(CancellationToken));
        Assert.Empty((await Ledger.Configurations.GetOverridesAsync(CancellationToken)).Overrides);
    }

    [Fact]
    public async Task A_change_is_an_override_and_a_row_that_says_who_when_what_before_and_after()
    {
        var changes = await EditAsync(new("deployments.a.weight", "3"), new("models.m.price.input", "1.5"));
        await EditAsync(new ConfigurationEdit("deployments.a.weight", "4.25"));

        Assert.Equal(["deployments.a.weight", "models.m.price.input"], changes.Select(change => change.Path));
        var known = await Ledger.Configurations.GetOverridesAsync(CancellationToken);
        Assert.Equal((2, 2), (known.Revision, await Ledger.Configurations.GetRevisionAsync(CancellationToken)));
        Assert.Equal([("models.m.price.input", "1.5"), ("deployments.a.weight", "4.25")], known.Overrides.Select(change => (change.Path, change.Value)));
        Assert.Equal(
            [
                new ConfigurationChange(2, "deployments.a.weight", "3", "4.25", "ann", "why not", SqliteDatabase.Time(Time.GetUtcNow())),
                new ConfigurationChange(1, "deployments.a.weight", null, "3", "ann", "why not", SqliteDatabase.Time(Time.GetUtcNow())),
                new ConfigurationChange(1, "models.m.price.input", "1", "1.5", "ann", "why not", SqliteDatabase.Time(Time.GetUtcNow())),
            ],
            await Ledger.Configurations.GetHistoryAsync(null, 10, CancellationToken));
        Assert.Single(await Ledger.Configurations.GetHistoryAsync("models.m", 10, CancellationToken));
    }

    [Fact]
    public async Task A_change_that_changes_nothing_is_no_revision()
    {
        await EditAsync(new ConfigurationEdit("deployments.a.weight", "3"));

        Assert.Empty(await EditAsync(new ConfigurationEdit("deployments.a.weight", " 3 ")));
        Assert.Empty(await EditAsync(new ConfigurationEdit("deployments.b.weight", null)));
        Assert.Equal(1, await Ledger.Configurations.GetRevisionAsync(CancellationToken));
    }

    [Fact]
    public async Task An_override_that_is_taken_back_leaves_its_history()
    {
        await EditAsync(new ConfigurationEdit("deployments.a.weight", "3"));
        await EditAsync(new ConfigurationEdit("deployments.a.weight", null));

        Assert.Empty((await Ledger.Configurations.GetOverridesAsync(CancellationToken)).Overrides);
        Assert.Equal(["3", null], (await Ledger.Configurations.GetHistoryAsync(null, 10, CancellationToken)).Select(change => change.Before));
    }

    [Fact]
    public async Task An_override_of_the_whole_replaces_those_of_its_parts()
    {
        await EditAsync(new ConfigurationEdit("deployments.a.weight", "3"));
        await EditAsync(new ConfigurationEdit("deployments.a", """{ "provider": "p", "model": "m", "maxRetries": 1 }"""));
        await EditAsync(new ConfigurationEdit("deployments.a", null));

        Assert.Empty((await Ledger.Configurations.GetOverridesAsync(CancellationToken)).Overrides);
    }

    [Fact]
    public async Task A_faulty_change_is_refused_with_all_faults_and_writes_nothing()
    {
        var refusal = await Assert.ThrowsAsync<BrokerConfigurationException>(() => EditAsync(
            new("deployments.a.weight", "-1"), new("deployments.c", """{ "provider": "q", "model": "n" }""")));

        Assert.Equal(["deployments.a.weight", "deployments.c.provider", "deployments.c.model"], refusal.Faults.Select(fault => fault.Path));
        Assert.Equal(0, await Ledger.Configurations.GetRevisionAsync(CancellationToken));
    }

    [Fact]
    public async Task Of_two_who_change_at_once_one_is_told_that_the_other_came_first()
    {
        var row = new ConfigurationChange(1, "deployments.a.weight", null, "2", "ann", null, Time.GetUtcNow());
        Assert.True(await Ledger.Configurations.TryAppendAsync([row], CancellationToken));
        Assert.False(await Ledger.Configurations.TryAppendAsync([row with { Path = "deployments.b.weight" }, row with { Path = "limits.maxAttempts" }], CancellationToken));

        Assert.Single(await Ledger.Configurations.GetHistoryAsync(null, 10, CancellationToken));
        await Task.WhenAll(EditAsync(new ConfigurationEdit("deployments.a.weight", "5")), EditAsync(new ConfigurationEdit("deployments.b.weight", "6")));
        Assert.Equal(3, await Ledger.Configurations.GetRevisionAsync(CancellationToken));
    }

    [Fact]
    public async Task Resuming_takes_pauses_back_and_overrules_those_of_the_file()
    {
        await EditAsync([.. ConfigurationEditor.Halt("a", ["standard", "bulk"], LaneState.Paused)]);
        await EditAsync([.. ConfigurationEditor.Resume(ConfigurationFile, "a", Messaging.Lane.All), .. ConfigurationEditor.Resume(ConfigurationFile, "b", Messaging.Lane.All)]);

        var known = await Ledger.Configurations.GetOverridesAsync(CancellationToken);
        Assert.Equal([("deployments.b.lanes.bulk", "\"open\"")], known.Overrides.Select(change => (change.Path, change.Value)));
    }

    [Fact]
    public async Task The_audit_can_only_be_appended_to()
    {
        await EditAsync(new ConfigurationEdit("deployments.a.weight", "3"));

        await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync("UPDATE configuration_changes SET changed_by = 'nobody'"));
        await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync("DELETE FROM configuration_changes"));
        Assert.Equal("ann", Assert.Single(await Ledger.Configurations.GetHistoryAsync(null, 10, CancellationToken)).ChangedBy);
    }

    [Fact]
    public async Task A_living_process_is_seen_with_what_it_works_with_and_a_stopped_one_is_not()
    {
        // Leases are by the database's clock.
        var store = new ConfigurationStore(Ledger.Database, TimeProvider.System);
        await ReportAsync(workerId, revision: 1, refused: null);
        await ReportAsync(workerId, revision: 2, refused: 3, "a: is wrong", "b: too");
        await ReportAsync(otherWorkerId, revision: 3, refused: null);

        var process = (await store.GetProcessesAsync(CancellationToken)).Single(process => process.WorkerId == workerId);
        Assert.Equal((2, 3L), (process.Revision, process.Refused));
        Assert.Equal(["a: is wrong", "b: too"], process.Faults);

        await Ledger.Configurations.ForgetAsync(workerId, CancellationToken);
        Assert.Equal(otherWorkerId, Assert.Single(await store.GetProcessesAsync(CancellationToken)).WorkerId);
    }

    [Fact]
    public async Task Copies_are_summed_up_apart_and_the_key_of_an_attempt_is_on_record()
    {
        await AcceptAsync();
        var start = Sample.Start(key, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(start));
        await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(start, cost: 3) with { ProviderKey = "#2" }, start.ClaimId));
        var copy = Sample.Start(key with { Tenant = ShadowTenant.Of(key.Tenant) }, Guid.NewGuid(), workerId);
        await Ledger.CommitAsync(new StartOperation(copy));
        await Ledger.CommitAsync(new EndOperation(Sample.Succeeded(copy, cost: 7), copy.ClaimId));

        var requests = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Model, null, null, CancellationToken));
        var copies = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Model, null, null, CancellationToken, shadow: true));
        Assert.Equal((1, 3), (requests.Attempts, requests.CostUsd));
        Assert.Equal((1, 7), (copies.Attempts, copies.CostUsd));
        Assert.Equal("#2", await ExecuteAsync("SELECT max(provider_key) FROM attempt_ends"));
    }

    private Task<IReadOnlyList<ConfigurationChange>> EditAsync(params ConfigurationEdit[] edits) => Editor.ChangeAsync(ConfigurationFile, edits, "ann", "why not", CancellationToken);

    private Task ReportAsync(Guid process, long revision, long? refused, params string[] faults) =>
        Ledger.Configurations.ReportAsync(new ProcessConfiguration(process, "host", "router", "file", revision, refused, faults, Time.GetUtcNow()), CancellationToken);

    private async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = await Ledger.Database.OpenAsync(CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(CancellationToken);
    }
}
