using System.Data.Common;
using Dapper;

namespace LlmBroker.Ledger;

/// <summary>Finds what no delivery will end: claims of workers that are gone, and runs that are past their deadline.</summary>
internal sealed class SweepStore(ILedgerDatabase database)
{
    private const int LockNumber = 4;
    private const int PageSize = 500;

    /// <summary>The right to sweep, which one process has at a time; null while another has it.</summary>
    public Task<IAsyncDisposable?> TryLockAsync(CancellationToken cancellationToken) => database.TryLockAsync(LockNumber, cancellationToken);

    /// <summary>Workers that gave no sign of life for some time and did not end their lease.</summary>
    public Task<IReadOnlyList<LapsedWorker>> GetLapsedWorkersAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<LapsedWorker>>(
            async connection =>
            {
                await using var reader = await QueryAsync(
                    connection, "SELECT worker_id, lease_until FROM workers WHERE lease_until < @before", new { before = SqliteDatabase.Time(before) }, cancellationToken);
                var workers = new List<LapsedWorker>();
                while (await reader.ReadAsync(cancellationToken))
                    workers.Add(new LapsedWorker(reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1)));
                return workers;
            },
            cancellationToken);

    /// <summary>What such workers hold. Reads all claims, since an index on what changes would cost each request more than a crash does.</summary>
    public Task<IReadOnlyList<RunKey>> GetHeldAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<RunKey>>(
            async connection =>
            {
                await using var reader = await QueryAsync(
                    connection,
                    """
                    SELECT tenant, request_id, run FROM claims
                    WHERE state = 2 AND worker_id IN (SELECT worker_id FROM workers WHERE lease_until < @before)
                    """,
                    new { before = SqliteDatabase.Time(before) },
                    cancellationToken);
                var held = new List<RunKey>();
                while (await reader.ReadAsync(cancellationToken))
                    held.Add(new RunKey(reader.GetString(0), reader.GetString(1), reader.GetInt32(2)));
                return held;
            },
            cancellationToken);

    /// <summary>Where the requests that are not finished lie, as far as the ledger knows. Reads those whose deadline no sweep has passed.</summary>
    public Task<IReadOnlyList<(string Deployment, string Lane)>> GetOccupiedAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<(string, string)>>(
            async connection =>
            {
                await using var reader = await QueryAsync(
                    connection,
                    """
                    SELECT DISTINCT deployment, lane FROM claims
                    WHERE deadline > (SELECT overdue_until FROM sweeps) AND state <> 4 AND deployment IS NOT NULL AND lane IS NOT NULL
                    """,
                    new { },
                    cancellationToken);
                var occupied = new List<(string, string)>();
                while (await reader.ReadAsync(cancellationToken))
                    occupied.Add((reader.GetString(0), reader.GetString(1)));
                return occupied;
            },
            cancellationToken);

    /// <summary>
    /// A page of the runs whose deadline lies after the mark of <see cref="SetOverdueUntilAsync"/> and not after <paramref name="until"/>, and
    /// that have no outcome; by deadline.
    /// </summary>
    public Task<IReadOnlyList<OverdueRun>> GetOverdueAsync(DateTimeOffset until, OverdueRun? after, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<OverdueRun>>(
            async connection =>
            {
                await using var reader = await QueryAsync(
                    connection,
                    $"""
                    SELECT {ClaimRow.Columns}, c.deadline, r.operation, r.task, r.policy, r.model, r.tier,
                        c.state = 2 AND EXISTS (SELECT 1 FROM workers w WHERE w.worker_id = c.worker_id AND w.lease_until > @until)
                    FROM claims c
                    LEFT JOIN requests r ON r.tenant = c.tenant AND r.request_id = c.request_id AND r.run = c.run
                    WHERE c.deadline > (SELECT overdue_until FROM sweeps) AND c.deadline <= @until AND c.state <> 4
                        {(after is null ? "" : "AND (c.deadline, c.tenant, c.request_id) > (@deadline, @tenant, @requestId)")}
                    ORDER BY c.deadline, c.tenant, c.request_id
                    LIMIT {PageSize}
                    """,
                    new
                    {
                        until = SqliteDatabase.Time(until),
                        deadline = SqliteDatabase.Time(after?.Deadline ?? until),
                        tenant = after?.Claim.Key.Tenant,
                        requestId = after?.Claim.Key.RequestId,
                    },
                    cancellationToken);
                var overdue = new List<OverdueRun>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    overdue.Add(new OverdueRun(ClaimRow.Read(reader), reader.GetFieldValue<DateTimeOffset>(ClaimRow.ColumnCount))
                    {
                        Operation = reader.Text(ClaimRow.ColumnCount + 1),
                        Task = reader.Text(ClaimRow.ColumnCount + 2),
                        Policy = reader.Text(ClaimRow.ColumnCount + 3),
                        Model = reader.Text(ClaimRow.ColumnCount + 4),
                        Tier = reader.Text(ClaimRow.ColumnCount + 5),
                        IsHeld = reader.GetBoolean(ClaimRow.ColumnCount + 6),
                    });
                }

                return overdue;
            },
            cancellationToken);

    /// <summary>Marks that every run with a deadline up to this has ended, or that a message is under way to end it.</summary>
    public Task<int> SetOverdueUntilAsync(DateTimeOffset until, CancellationToken cancellationToken) => database.ChangeAsync(
        (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(
            "UPDATE sweeps SET overdue_until = @until WHERE overdue_until < @until",
            new { until = SqliteDatabase.Time(until) },
            transaction,
            cancellationToken: cancellationToken)),
        cancellationToken);

    private static Task<DbDataReader> QueryAsync(DbConnection connection, string sql, object parameters, CancellationToken cancellationToken) =>
        connection.ExecuteReaderAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
}

/// <summary>A worker whose lease was not renewed.</summary>
internal readonly record struct LapsedWorker(Guid Id, DateTimeOffset LeaseUntil);

/// <summary>A run without an outcome after its deadline, with what its reply says of the route; null where the ledger does not know it.</summary>
internal sealed record OverdueRun(Claim Claim, DateTimeOffset Deadline)
{
    public string? Operation { get; init; }
    public string? Task { get; init; }
    public string? Policy { get; init; }
    public string? Model { get; init; }
    public string? Tier { get; init; }

    /// <summary>A living worker is at it.</summary>
    public bool IsHeld { get; init; }
}
