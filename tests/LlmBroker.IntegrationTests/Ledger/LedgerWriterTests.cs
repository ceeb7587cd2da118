using LlmBroker.Configuration;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class LedgerWriterTests(PostgresLedgerFixture postgres) : IClassFixture<PostgresLedgerFixture>
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_row_that_cannot_be_written_fails_alone()
    {
        using var writer = await StartAsync(postgres.Source);
        // Postgres indexes no more than 2,704 bytes; random digits do not compress below that.
        var poison = new RunKey("acme", string.Concat(Enumerable.Range(0, 500).Select(_ => Guid.NewGuid().ToString("N"))), 1);
        var keys = Enumerable.Range(0, 20).Select(_ => Sample.NewKey()).ToArray();

        var accepted = keys[..10].Select(key => AcceptAsync(writer, key)).ToArray();
        var poisoned = AcceptAsync(writer, poison);
        var more = keys[10..].Select(key => AcceptAsync(writer, key)).ToArray();

        await Assert.ThrowsAsync<PostgresException>(() => poisoned);
        Assert.All(await Task.WhenAll([.. accepted, .. more]), result => Assert.Equal(AcceptState.New, result.State));
        Assert.True(writer.IsAvailable);
        await writer.StopAsync(CancellationToken);
    }

    [Fact]
    public async Task Nothing_is_lost_and_nobody_waits_for_ever_when_postgres_is_killed_under_load()
    {
        await using var server = await PostgresServer.StartOwnAsync(CancellationToken);
        var connectionString = await server.CreateDatabaseAsync(CancellationToken);
        await LedgerMigrator.ForPostgres(connectionString, NullLogger.Instance).MigrateAsync(CancellationToken);
        await using var source = PostgresDatabase.CreateSource(connectionString);
        using var writer = await StartAsync(source);
        using var enough = new CancellationTokenSource();
        var done = 0;
        var worker = Guid.NewGuid();

        var producers = Enumerable.Range(0, 100).Select(async _ =>
        {
            var keys = new List<RunKey>();
            while (!enough.IsCancellationRequested)
            {
                var key = Sample.NewKey();
                var start = Sample.Start(key, Guid.NewGuid(), worker);
                Assert.Equal(AcceptState.New, (await AcceptAsync(writer, key)).State);
                Assert.Equal(new StartResult(StartState.Started, Attempts: 1) { RunAttempts = 1 }, await writer.StartAsync(start, CancellationToken));
                var settled = await writer.SettleAsync(
                    Sample.Settlement(key, start.ClaimId, Sample.Succeeded(start, 0.001m)), CancellationToken);
                Assert.Equal(SettleState.Settled, settled.State);
                keys.Add(key);
                Interlocked.Increment(ref done);
            }

            return keys;
        }).ToArray();

        for (var round = 0; round < 2; round++)
        {
            await Eventually.HoldsAsync(_ => Task.FromResult(done > 300 * (round + 1)), "requests are done", CancellationToken);
            await server.KillAsync(CancellationToken);
            await Eventually.HoldsAsync(_ => Task.FromResult(!writer.IsAvailable), "the writer knows of the outage", CancellationToken);
            await server.StartAsync(CancellationToken);
            await Eventually.HoldsAsync(_ => Task.FromResult(writer.IsAvailable), "the writer is back", CancellationToken);
        }

        var before = done;
        await Eventually.HoldsAsync(_ => Task.FromResult(done > before + 300), "requests are done again", CancellationToken);
        await enough.CancelAsync();
        var total = (await Task.WhenAll(producers)).Sum(keys => keys.Count);
        await writer.StopAsync(CancellationToken);

        foreach (var table in new[] { "requests", "attempts", "attempt_ends", "outcomes", "payloads", "claims" })
            Assert.Equal((table, total), (table, await ScalarAsync<long>(source, $"SELECT count(*) FROM {table}")));
        Assert.Equal(total * 0.001m, await ScalarAsync<decimal>(source, "SELECT sum(spent_usd) FROM claims WHERE state = 4 AND attempts_total = 1"));
    }

    [Fact]
    public async Task Stop_writes_what_is_queued_and_refuses_what_comes_later()
    {
        using var writer = await StartAsync(postgres.Source, new LedgerOptions { CommitInterval = TimeSpan.FromMinutes(5) });
        var queued = AcceptAsync(writer, Sample.NewKey());

        await writer.StopAsync(CancellationToken);

        Assert.Equal(AcceptState.New, (await queued).State);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AcceptAsync(writer, Sample.NewKey()));
    }

    private static async Task<LedgerWriter> StartAsync(NpgsqlDataSource source, LedgerOptions? options = null)
    {
        var store = new PostgresLedgerStore(source, TimeSpan.FromDays(7), TimeProvider.System);
        var writer = new LedgerWriter(store, options ?? new LedgerOptions(), TimeProvider.System, NullLogger<LedgerWriter>.Instance);
        await writer.StartAsync(CancellationToken);
        return writer;
    }

    private static Task<AcceptResult> AcceptAsync(LedgerWriter writer, RunKey key) =>
        writer.AcceptAsync(Sample.Acceptance(key), CancellationToken);

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(CancellationToken))!;
    }
}
