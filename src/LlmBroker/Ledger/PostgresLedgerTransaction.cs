using Npgsql;

namespace LlmBroker.Ledger;

/// <summary>A group commit in Postgres: one statement for each kind of row, whatever the number of operations.</summary>
/// <param name="connection">In a transaction of its own.</param>
/// <param name="isLocking">
/// Lock the claims when they are read. A lock is one more write of a row that hardly anybody else wants, so it is taken only after a
/// collision; without it a claim is written only if it is still the version that was read, else <see cref="ClaimChangedException"/> is thrown.
/// </param>
internal sealed class PostgresLedgerTransaction(NpgsqlConnection connection, bool isLocking) : ILedgerTransaction
{
    /// <summary>
    /// The planner thinks the claims few until they are analyzed, and would keep a plan that reads them all. Holds for this transaction.
    /// </summary>
    private const string ByIndex = """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
        """;

    private const string Touch = """
        UPDATE workers SET lease_until = clock_timestamp() + lease_ms * interval '1 millisecond'
        WHERE worker_id = ANY ($1) AND lease_until < clock_timestamp() + lease_ms * interval '0.5 millisecond'
        """;

    // A server that was down took every lease along; whoever is alive gets the time to renew.
    private const string LiveWorkers = """
        SELECT worker_id FROM workers
        WHERE worker_id = ANY ($1)
            AND greatest(lease_until, pg_postmaster_start_time() + lease_ms * interval '1 millisecond') > clock_timestamp()
        """;

    private const string Claims = $"""
        SELECT {ClaimRow.Columns}, c.xmin
        FROM unnest($1, $2) AS k (tenant, request_id)
        JOIN claims c ON c.tenant = k.tenant AND c.request_id = k.request_id
        """;

    private const string LockedClaims = $"""
        {Claims}
        FOR NO KEY UPDATE OF c
        """;

    // Redrives keep accepted_at, so all attempts of a request come after it; the day is for clocks that differ.
    private const string History = """
        SELECT a.tenant, a.request_id, a.attempt_id, a.run, a.claim_id, a.started_at, a.estimated_cost_usd, e.status, e.cost_usd
        FROM unnest($1, $2, $3) AS k (tenant, request_id, since)
        JOIN attempts a ON a.tenant = k.tenant AND a.request_id = k.request_id AND a.started_at >= k.since
        LEFT JOIN attempt_ends e
            ON e.tenant = a.tenant AND e.request_id = a.request_id AND e.run = a.run AND e.attempt_id = a.attempt_id AND e.ended_at >= k.since
        ORDER BY a.started_at, e.ended_at
        """;

    private const string Replies = """
        SELECT p.tenant, p.request_id, p.body
        FROM unnest($1, $2, $3, $4) AS k (tenant, request_id, run, created_at)
        JOIN payloads p
            ON p.tenant = k.tenant AND p.request_id = k.request_id AND p.run = k.run AND p.kind = 1 AND p.created_at = k.created_at
        """;

    private readonly Dictionary<ClaimKey, uint> versions = [];
    private readonly List<NpgsqlBatchCommand> first = [new NpgsqlBatchCommand(ByIndex)];

    public Task TouchWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken)
    {
        // Goes along with the load.
        first.Add(new PostgresColumns<Guid>(Touch, workerIds).Add(id => id).Command);
        return Task.CompletedTask;
    }

    public async Task<Dictionary<ClaimKey, Claim>> LoadAsync(
        IReadOnlyList<Claim> newcomers, IReadOnlyList<ClaimKey> keys, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in first)
            batch.BatchCommands.Add(command);
        if (newcomers.Count > 0)
            batch.BatchCommands.Add(PostgresFacts.InsertNewcomers(newcomers));
        if (keys.Count > 0)
            batch.BatchCommands.Add(ClaimsCommand(keys));

        var claims = new Dictionary<ClaimKey, Claim>(keys.Count);
        var inserted = new HashSet<ClaimKey>(newcomers.Count);
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            // The first result is that of the settings.
            await reader.NextResultAsync(cancellationToken);
            if (newcomers.Count > 0)
            {
                while (await reader.ReadAsync(cancellationToken))
                    inserted.Add(new ClaimKey(reader.GetString(0), reader.GetString(1)));
                await reader.NextResultAsync(cancellationToken);
            }

            if (keys.Count > 0)
                await ReadClaimsAsync(reader, claims, cancellationToken);
        }

        if (inserted.Count < newcomers.Count)
        {
            await using var known = new NpgsqlBatch(connection);
            known.BatchCommands.Add(ClaimsCommand([.. newcomers.Select(claim => claim.Key).Where(key => !inserted.Contains(key))]));
            await using var reader = await known.ExecuteReaderAsync(cancellationToken);
            await ReadClaimsAsync(reader, claims, cancellationToken);
        }

        return claims;
    }

    public async Task<HashSet<Guid>> LoadLiveWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken)
    {
        var alive = new HashSet<Guid>();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new PostgresColumns<Guid>(LiveWorkers, workerIds).Add(id => id).Command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            alive.Add(reader.GetGuid(0));
        return alive;
    }

    public async Task<ILookup<ClaimKey, RecordedAttempt>> LoadHistoryAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new PostgresColumns<Claim>(History, claims)
            .Add(claim => claim.Key.Tenant)
            .Add(claim => claim.Key.RequestId)
            .Time(claim => claim.AcceptedAt.AddDays(-1))
            .Command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await RecordedAttemptRow.ReadAllAsync(reader, cancellationToken);
    }

    public async Task<Dictionary<ClaimKey, byte[]>> LoadRepliesAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        var replies = new Dictionary<ClaimKey, byte[]>(claims.Count);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new PostgresColumns<Claim>(Replies, claims)
            .Add(claim => claim.Key.Tenant)
            .Add(claim => claim.Key.RequestId)
            .Add(claim => claim.Run)
            .Time(claim => claim.FinishedAt.GetValueOrDefault())
            .Command);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            replies[new ClaimKey(reader.GetString(0), reader.GetString(1))] = reader.GetFieldValue<byte[]>(2);
        return replies;
    }

    public async Task WriteAsync(LedgerChanges changes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in PostgresFacts.Inserts(changes).Concat(PostgresFacts.Deletes(changes)))
            batch.BatchCommands.Add(command);
        var update = changes.ChangedClaims.Count > 0 ? PostgresFacts.Update(changes.ChangedClaims, versions, now) : null;
        if (update is not null)
            batch.BatchCommands.Add(update);
        if (batch.BatchCommands.Count == 0)
            return;

        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (update is not null && update.RecordsAffected != changes.ChangedClaims.Count)
            throw new ClaimChangedException();
    }

    private NpgsqlBatchCommand ClaimsCommand(IReadOnlyList<ClaimKey> keys) =>
        new PostgresColumns<ClaimKey>(isLocking ? LockedClaims : Claims, keys).Add(key => key.Tenant).Add(key => key.RequestId).Command;

    private async Task ReadClaimsAsync(NpgsqlDataReader reader, Dictionary<ClaimKey, Claim> claims, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            var claim = ClaimRow.Read(reader);
            claims.Add(claim.Key, claim);
            versions.Add(claim.Key, reader.GetFieldValue<uint>(ClaimRow.ColumnCount));
        }
    }
}
