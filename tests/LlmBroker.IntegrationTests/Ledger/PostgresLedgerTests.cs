using LlmBroker.Contracts;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;

namespace LlmBroker.IntegrationTests.Ledger;

public sealed class PostgresLedgerTests(PostgresLedgerFixture postgres, RealPartsFixture parts)
    : LedgerContractTests, IClassFixture<PostgresLedgerFixture>
{
    private PostgresLedgerStore Store => new(postgres.Source, TimeSpan.FromDays(7), Time);

    [Fact]
    public async Task Processes_that_migrate_at_once_run_each_file_once()
    {
        var connectionString = await parts.Postgres.CreateDatabaseAsync(CancellationToken);

        var runs = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            LedgerMigrator.ForPostgres(connectionString, NullLogger.Instance).MigrateAsync(CancellationToken)));

        var files = typeof(LedgerMigrator).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("postgres/", StringComparison.Ordinal));
        Assert.Equal(files.Order(StringComparer.Ordinal), runs.SelectMany(names => names));
        await parts.Postgres.DropDatabaseAsync(connectionString, CancellationToken);
    }

    [Fact]
    public async Task Facts_go_to_the_partition_of_their_day()
    {
        await using var today = postgres.Source.CreateCommand("SELECT now()");
        var now = new DateTimeOffset((DateTime)(await today.ExecuteScalarAsync(CancellationToken))!);
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(Sample.NewKey()) with { AcceptedAt = now }));
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(Sample.NewKey()) with { AcceptedAt = now.AddDays(7) }));

        Assert.Equal(1, await CountAsync($"requests_{now.UtcDateTime:yyyyMMdd}"));
        Assert.Equal(0, await CountAsync("requests_default"));
    }

    [Fact]
    public async Task Facts_of_a_clock_that_is_far_off_are_kept_apart_and_found_all_the_same()
    {
        var (key, worker) = (Sample.NewKey(), Guid.NewGuid());
        await Store.RenewLeaseAsync(worker, "host", TimeSpan.FromMinutes(1), CancellationToken);
        var start = Sample.Start(key, Guid.NewGuid(), worker) with { StartedAt = new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.Zero), Deadline = DateTimeOffset.MaxValue };
        var end = Sample.Succeeded(start) with { EndedAt = new DateTimeOffset(2199, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));
        await Ledger.CommitAsync(new StartOperation(start));
        await Ledger.CommitAsync(new SettleOperation(Sample.Settlement(key, start.ClaimId, end)));

        foreach (var fact in new[] { "requests", "attempts", "attempt_ends", "outcomes", "payloads" })
            Assert.Equal(1, await CountAsync($"{fact}_default"));
        var attempt = Assert.Single(Assert.Single(await Ledger.Queries.GetStatusAsync(key.Tenant, key.RequestId, CancellationToken)).Attempts);
        Assert.Equal((AttemptStatus.Succeeded, start.StartedAt, end.EndedAt), (attempt.Status, attempt.StartedAt, attempt.EndedAt));
        var usage = Assert.Single(await Ledger.Queries.GetUsageAsync(UsageDimension.Tenant, null, null, CancellationToken));
        Assert.Equal((1L, end.CostUsd), (usage.Attempts, (decimal?)usage.CostUsd));
    }

    [Fact]
    public async Task Many_facts_that_are_copied_are_those_that_would_be_inserted()
    {
        const int Count = 100;
        var worker = Guid.NewGuid();
        await Store.RenewLeaseAsync(worker, "host", TimeSpan.FromMinutes(1), CancellationToken);
        decimal?[] money = [null, 0m, 1m, -0.5m, 10_000m, 0.0001m, 0.00001m, 123_456_789.000_012_3m, 1.10m, 1e-20m, 7_000_000_000_000_000_000_000m, 99_999_999m];
        var ids = Enumerable.Range(0, Count).Select(_ => Guid.NewGuid()).ToArray();
        foreach (var (tenant, size) in new[] { ("copied", Count), ("inserted", 10) })
        {
            for (var from = 0; from < Count; from += size)
            {
                var numbers = Enumerable.Range(from, size).ToArray();
                var starts = numbers.ToDictionary(number => number, number => Sample.Start(Key(number), ids[number], worker, money[number % money.Length]) with
                {
                    AttemptId = ids[number], StartedAt = Sample.Now.AddDays(number - 50).AddTicks(number),
                });
                await Store.CommitAsync([.. numbers.Select(number => new AcceptOperation(Accept(number)))], CancellationToken);
                await Store.CommitAsync([.. numbers.Select(number => new StartOperation(starts[number]))], CancellationToken);
                await Store.CommitAsync([.. numbers.Select(number => new SettleOperation(Settle(number, starts[number])))], CancellationToken);
            }

            RunKey Key(int number) => new(tenant, $"r{number}", 1);
            Acceptance Accept(int number) => Sample.Acceptance(Key(number)) with
            {
                MaxCostUsd = money[number % money.Length],
                AtMostOnce = number % 2 == 0,
                GroupId = number % 3 == 0 ? null : $"grüße-💥-{number}",
                Route = number % 5 == 0 ? Sample.Route with { TaskConfidence = null, Fallbacks = [] } : Sample.Route,
            };
            Settlement Settle(int number, AttemptStart start)
            {
                var end = Sample.Succeeded(start, money[number % money.Length]);
                var outcome = Sample.Completed(new string('x', number * 50)) with { ReplyId = ids[number], Failure = number % 4 == 0 ? FailureReason.Exhausted : null };
                return Sample.Settlement(Key(number), start.ClaimId, number % 2 == 0 ? end : end with { Usage = null, HttpStatus = null }, outcome);
            }
        }

        foreach (var fact in new[] { "requests", "attempts", "attempt_ends", "outcomes", "payloads" })
        {
            Assert.Equal(2 * Count, await CountAsync(fact));
            Assert.Equal(0, await CountAsync($"(SELECT to_jsonb(f) - 'tenant' FROM {fact} f WHERE tenant = 'copied' EXCEPT SELECT to_jsonb(f) - 'tenant' FROM {fact} f WHERE tenant = 'inserted') AS d"));
        }
    }

    [Fact]
    public async Task Duplicates_that_race_are_accepted_once()
    {
        var key = Sample.NewKey();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(async copy =>
        {
            var accept = new AcceptOperation(
                Sample.Acceptance(key, replyTo: new() { Queue = "acme.replies", CorrelationId = $"{copy}" }) with { AcceptedAt = Sample.Now.AddSeconds(copy) });
            await Store.CommitAsync([accept], CancellationToken);
            return accept.Result!.State;
        }));

        Assert.Equal(1, results.Count(state => state == AcceptState.New));
        Assert.Equal(19, (await Ledger.ClaimAsync(key)).AlsoReplyTo.Count);
        Assert.Equal(1, await CountAsync("requests"));
    }

    [Fact]
    public async Task Workers_that_race_for_a_request_start_it_once()
    {
        var accepted = Sample.NewKey();
        var unannounced = Sample.NewKey();
        await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(accepted)));
        foreach (var key in new[] { accepted, unannounced })
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
            {
                var worker = Guid.NewGuid();
                var start = new StartOperation(Sample.Start(key, Guid.NewGuid(), worker));
                await Store.RenewLeaseAsync(worker, "host", TimeSpan.FromMinutes(1), CancellationToken);
                await Store.CommitAsync([start], CancellationToken);
                return start.Result!.State;
            }));

            Assert.Equal(1, results.Count(state => state == StartState.Started));
            Assert.Equal(19, results.Count(state => state == StartState.Held));
        }
    }

    [Fact]
    public async Task A_duplicate_that_races_with_the_settlement_is_answered_by_one_of_them()
    {
        for (var round = 0; round < 20; round++)
        {
            var key = Sample.NewKey();
            var address = new Contracts.ReplyAddress { Queue = "acme.replies", CorrelationId = "second" };
            await Ledger.CommitAsync(new AcceptOperation(Sample.Acceptance(key)));
            var accept = new AcceptOperation(Sample.Acceptance(key, replyTo: address) with { AcceptedAt = Sample.Now.AddSeconds(1) });
            var settle = new SettleOperation(Sample.Settlement(key, null));

            await Task.WhenAll(Store.CommitAsync([accept], CancellationToken), Store.CommitAsync([settle], CancellationToken));

            Assert.Equal(SettleState.Settled, settle.Result!.State);
            Assert.NotEqual(accept.Result!.State == AcceptState.Finished, settle.Result.Askers.Contains(address));
        }
    }

    [Fact]
    public async Task Commits_that_lock_each_others_requests_both_succeed()
    {
        var keys = Enumerable.Range(0, 40).Select(_ => Sample.NewKey()).ToArray();

        // Odd and even keys cross: what one commit accepts first, the other settles last.
        await Task.WhenAll(Enumerable.Range(0, 6).Select(process => Store.CommitAsync(
            [
                .. keys.Where((_, i) => i % 2 == process % 2).Select(key => new AcceptOperation(Sample.Acceptance(key))),
                .. keys.Where((_, i) => i % 2 != process % 2).Select(key => new SettleOperation(Sample.Settlement(key, null))),
            ],
            CancellationToken)));

        Assert.Equal(40, await CountAsync("claims"));
    }

    [Fact]
    public async Task Start_keeps_the_lease_of_the_worker_that_starts()
    {
        var key = Sample.NewKey();
        var worker = Guid.NewGuid();
        await RenewAsync(worker, TimeSpan.FromSeconds(30));
        await using (var age = postgres.Source.CreateCommand("UPDATE workers SET lease_until = clock_timestamp() - interval '1 minute'"))
            await age.ExecuteNonQueryAsync(CancellationToken);

        await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), worker)));
        var other = await Ledger.CommitAsync(new StartOperation(Sample.Start(key, Guid.NewGuid(), Guid.NewGuid())));

        Assert.Equal(StartState.Held, other.State);
    }

    private protected override async Task<LedgerUnderTest> CreateAsync()
    {
        await postgres.EmptyAsync();
        return new LedgerUnderTest(Store, new PostgresDatabase(postgres.Source), postgres.Migrator, Time, () => ValueTask.CompletedTask);
    }
}
