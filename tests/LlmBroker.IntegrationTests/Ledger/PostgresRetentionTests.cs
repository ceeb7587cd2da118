using LlmBroker.Ledger;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class PostgresRetentionTests(PostgresLedgerFixture postgres) : RetentionContractTests, IClassFixture<PostgresLedgerFixture>
{
    private protected override PostgresPartitions Partitions => new(new PostgresDatabase(postgres.Source));

    [Fact]
    public async Task Whole_days_are_dropped_as_partitions_and_those_of_the_coming_days_are_made()
    {
        var lastOld = await MakePartitionAsync("payloads", Now.AddDays(-8));
        var firstKept = await MakePartitionAsync("payloads", Now.AddDays(-7));
        await FinishAsync(Sample.NewKey(), Now.AddDays(-8));
        Assert.Equal(1, await CountAsync(lastOld));

        var found = (await Retention().FindAsync(CancellationToken)).Single(result => result.Name == "payloads");
        var dropped = (await Retention().ApplyAsync(CancellationToken)).Single(result => result.Name == "payloads");
        await Retention().MakePartitionsAsync(CancellationToken);

        Assert.Equal([lastOld], found.Partitions);
        Assert.Equal([lastOld], dropped.Partitions);
        Assert.Equal(0, dropped.Rows);
        Assert.False(await ExistsAsync(lastOld));
        Assert.True(await ExistsAsync(firstKept));
        Assert.True(await ExistsAsync($"payloads_{Now.AddDays(7).UtcDateTime:yyyyMMdd}"));
        await ExecuteAsync($"DROP TABLE {firstKept}");
    }

    [Fact]
    public async Task A_day_that_is_in_use_is_left_for_the_next_time_and_writers_hardly_wait()
    {
        var partition = await MakePartitionAsync("outcomes", Now.AddDays(-500));
        await using var connection = await postgres.Source.OpenConnectionAsync(CancellationToken);
        await using (var transaction = await connection.BeginTransactionAsync(CancellationToken))
        {
            await using var report = new Npgsql.NpgsqlCommand("SELECT count(*) FROM outcomes", connection, transaction);
            await report.ExecuteScalarAsync(CancellationToken);

            var applying = Retention().ApplyAsync(CancellationToken);
            await FinishAsync(Sample.NewKey(), Now);
            Assert.Empty((await applying).Single(result => result.Name == "outcomes").Partitions);
            Assert.True(await ExistsAsync(partition));
        }

        Assert.Equal([partition], (await Retention().ApplyAsync(CancellationToken)).Single(result => result.Name == "outcomes").Partitions);
        Assert.False(await ExistsAsync(partition));
    }

    [Fact]
    public async Task Processes_that_drop_at_once_do_not_fail()
    {
        var partition = await MakePartitionAsync("attempts", Now.AddDays(-500));
        for (var i = 0; i < 30; i++)
            await FinishAsync(Sample.NewKey(), Now.AddDays(-450));

        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Retention().ApplyAsync(CancellationToken)));
        await Retention().ApplyAsync(CancellationToken);

        Assert.InRange(all.Count(results => results.Any(result => result.Partitions.Contains(partition))), 0, 4);
        Assert.False(await ExistsAsync(partition));
        Assert.Equal((0, 0, 0), (await CountAsync("attempts"), await CountAsync("claims"), await CountAsync("payloads")));
    }

    private protected override async Task<LedgerUnderTest> CreateAsync()
    {
        await postgres.EmptyAsync();
        return new LedgerUnderTest(
            new PostgresLedgerStore(postgres.Source, TimeSpan.FromDays(7), Time), new PostgresDatabase(postgres.Source), postgres.Migrator, Time, () => ValueTask.CompletedTask);
    }

    private async Task<string> MakePartitionAsync(string fact, DateTimeOffset day)
    {
        var name = $"{fact}_{day.UtcDateTime:yyyyMMdd}";
        await ExecuteAsync(
            $"CREATE TABLE {name} PARTITION OF {fact} FOR VALUES FROM ('{day.UtcDateTime:yyyy-MM-dd} 00:00:00+00') TO ('{day.UtcDateTime.AddDays(1):yyyy-MM-dd} 00:00:00+00')");
        return name;
    }

    private async Task<bool> ExistsAsync(string table)
    {
        await using var command = postgres.Source.CreateCommand($"SELECT to_regclass('{table}') IS NOT NULL");
        return (bool)(await command.ExecuteScalarAsync(CancellationToken))!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = postgres.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken);
    }
}
