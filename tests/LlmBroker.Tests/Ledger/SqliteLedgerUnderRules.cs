using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace LlmBroker.Tests.Ledger;

/// <summary>The real ledger in a SQLite file, for one request after the other.</summary>
internal sealed class SqliteLedgerUnderRules : ILedgerUnderRules, IDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("llmbroker-rules-");
    private readonly FakeTimeProvider time = new(Start);
    private readonly SqliteDatabase database;
    private readonly SqliteLedgerStore store;
    private RunKey key;

    public SqliteLedgerUnderRules()
    {
        var path = Path.Join(folder.FullName, "ledger.db");
        database = new SqliteDatabase(path);
        store = new SqliteLedgerStore(database, TimeSpan.FromDays(3650), time);
        DeadLetters = new DeadLetterStore(database, time);
        Migrator = LedgerMigrator.ForSqlite(path, NullLogger.Instance);
    }

    public LedgerMigrator Migrator { get; }

    public DeadLetterStore DeadLetters { get; }

    public DateTimeOffset Now
    {
        get => time.GetUtcNow();
        set => time.SetUtcNow(value);
    }

    private static CancellationToken CancellationToken => CancellationToken.None;

    public async Task<TResult> CommitAsync<TResult>(LedgerOperation<TResult> operation)
    {
        key = operation.Key;
        await store.CommitAsync([operation], CancellationToken);
        return operation.Result!;
    }

    public Task RenewLeaseAsync(Guid workerId, bool isAlive) =>
        isAlive ? store.RenewLeaseAsync(workerId, "host", TimeSpan.FromHours(1), CancellationToken) : store.EndLeaseAsync(workerId, CancellationToken);

    public Task CancelAsync() => new CancellationStore(database, time).CancelAsync(key.Tenant, key.RequestId, null, CancellationToken);

    /// <summary>By a letter of the last run, which is kept here for each run that failed.</summary>
    public async Task<bool> RedriveAsync()
    {
        if ((await ReadAsync(key)).Claim is not { State: ClaimState.Finished, Failure: not null } claim)
            return false;

        var letter = LetterOf(key with { Run = claim.Run }, Now);
        await DeadLetters.AddAsync(letter, CancellationToken);
        return (await DeadLetters.RedriveAsync(letter.Id, CancellationToken)).State == RedriveState.Redriven;
    }

    public async Task<LedgerFacts> ReadAsync(RunKey key)
    {
        var status = await new LedgerQueries(database).GetStatusAsync(key.Tenant, key.RequestId, CancellationToken);
        return await database.ReadAsync(
            async connection =>
            {
                await using var attempts = connection.CreateCommand();
                attempts.CommandText = """
                    SELECT a.tenant, a.request_id, a.attempt_id, a.run, a.claim_id, a.started_at, a.estimated_cost_usd, e.status, e.cost_usd
                    FROM attempts a LEFT JOIN attempt_ends e USING (tenant, request_id, run, attempt_id)
                    WHERE a.tenant = $tenant AND a.request_id = $id
                    """;
                attempts.Parameters.Add(new SqliteParameter("$tenant", key.Tenant));
                attempts.Parameters.Add(new SqliteParameter("$id", key.RequestId));
                await using var reader = await attempts.ExecuteReaderAsync(CancellationToken);
                var history = await RecordedAttemptRow.ReadAllAsync(reader, CancellationToken);

                await using var outcomes = connection.CreateCommand();
                outcomes.CommandText = "SELECT run FROM outcomes WHERE tenant = $tenant AND request_id = $id";
                outcomes.Parameters.Add(new SqliteParameter("$tenant", key.Tenant));
                outcomes.Parameters.Add(new SqliteParameter("$id", key.RequestId));
                await using var runs = await outcomes.ExecuteReaderAsync(CancellationToken);
                var ended = new List<int>();
                while (await runs.ReadAsync(CancellationToken))
                    ended.Add(runs.GetInt32(0));
                return new LedgerFacts(status.SingleOrDefault()?.Claim, [.. history[ClaimKey.Of(key)]], ended);
            },
            CancellationToken);
    }

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    public static DeadLetter LetterOf(RunKey key, DateTimeOffset now) => new()
    {
        Id = Guid.NewGuid(),
        Tenant = key.Tenant,
        RequestId = key.RequestId,
        Run = key.Run,
        Reason = FailureReason.Exhausted,
        Error = "as told",
        CreatedAt = now,
        Body = WireJson.ToBytes(new RunInference
        {
            Tenant = key.Tenant,
            RequestId = key.RequestId,
            Run = key.Run,
            Lane = "bulk",
            Operation = "chat",
            Route = new Route { Deployment = "d", Model = "m", Reason = "" },
            AcceptedAt = now,
            Deadline = now.AddDays(1000),
            Body = System.Text.Json.JsonSerializer.SerializeToElement(new { messages = "hello" }),
        }),
    };
}
