using Npgsql;
using NpgsqlTypes;

namespace LlmBroker.Ledger;

/// <summary>A group commit in Postgres: one statement for each kind of row, whatever the number of operations.</summary>
/// <param name="connection">In a transaction of its own.</param>
/// <param name="known">What this process wrote before.</param>
/// <param name="watch">Whether lapsed leases are to be believed; null: they are.</param>
/// <param name="collisions">
/// How often this commit has met another one. The first time nothing is guarded against: a claim is written only if it is still the version
/// that was read or remembered, else <see cref="ClaimChangedException"/> is thrown, and a fact that is there already is a unique violation.
/// The second time claims are read anew and known facts are left as they are; from the third on the claims are locked when they are read,
/// which is one more write of a row that hardly anybody else wants.
/// </param>
internal sealed class PostgresLedgerTransaction(NpgsqlConnection connection, KnownClaims known, LeaseWatch? watch, int collisions) : ILedgerTransaction
{
    /// <summary>
    /// The planner thinks the claims few until they are analyzed, and would keep a plan that reads them all. Holds for this transaction,
    /// whose number is the version of all that it writes.
    /// </summary>
    private const string Begin = """
        SELECT
            pg_current_xact_id()::xid,
            set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
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
        SELECT {ClaimRow.Columns}, c.xmin, c.ctid
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

    /// <summary>Whether one of these requests was cancelled before it was accepted, which stands beside its claim and not in it.</summary>
    private const string CancelledAhead = """
        SELECT EXISTS (SELECT 1 FROM cancellations) AND EXISTS (
            SELECT 1 FROM unnest($1, $2, $3, $4) AS c (tenant, request_id, group_id, accepted_at)
            JOIN cancellations k
                ON k.tenant = c.tenant AND ((k.kind = 'request' AND k.id = c.request_id) OR (k.kind = 'group' AND k.id = c.group_id))
            WHERE c.accepted_at BETWEEN k.since AND k.until)
        """;

    /// <summary>So many facts of a kind are copied, which costs a round trip more, and less than half of an insert on each row.</summary>
    private const int CopiedFrom = 24;

    private readonly Dictionary<ClaimKey, (uint Version, NpgsqlTid Place)> versions = [];
    private readonly List<Claim> recalledToStart = [];
    private readonly List<NpgsqlBatchCommand> first = [new NpgsqlBatchCommand(Begin)];
    private readonly List<KnownClaim> written = [];
    private uint version;

    public Task TouchWorkersAsync(IReadOnlyList<Guid> workerIds, CancellationToken cancellationToken)
    {
        // Goes along with the load.
        first.Add(new PostgresColumns<Guid>(Touch, workerIds).Add(id => id).Command);
        return Task.CompletedTask;
    }

    public Claim? Recall(LedgerOperation operation)
    {
        if (!known.TryTake(ClaimKey.Of(operation.Key), out var claim) || collisions > 0 || !ClaimRules.WillWrite(operation, claim.Claim))
            return null;

        versions.Add(claim.Claim.Key, (claim.Version, claim.Place));
        if (operation is StartOperation)
            recalledToStart.Add(claim.Claim);
        return claim.Claim;
    }

    /// <summary>To be called after the commit.</summary>
    public void Remember()
    {
        foreach (var claim in written)
            known.Remember(claim);
    }

    public async Task<Dictionary<ClaimKey, Claim>> LoadAsync(
        IReadOnlyList<Claim> newcomers, IReadOnlyList<ClaimKey> keys, CancellationToken cancellationToken)
    {
        if (newcomers.Count == 0 && keys.Count == 0)
            return [];

        await using var batch = new NpgsqlBatch(connection);
        AddFirst(batch);
        if (newcomers.Count > 0)
            batch.BatchCommands.Add(PostgresFacts.InsertNewcomers(newcomers));
        if (keys.Count > 0)
            batch.BatchCommands.Add(ClaimsCommand(keys));

        var claims = new Dictionary<ClaimKey, Claim>(keys.Count);
        var present = newcomers.ToDictionary(claim => claim.Key);
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            await ReadFirstAsync(reader, cancellationToken);
            if (newcomers.Count > 0)
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    present.Remove(new ClaimKey(reader.GetString(0), reader.GetString(1)), out var inserted);
                    written.Add(new KnownClaim(inserted!, version, reader.GetFieldValue<NpgsqlTid>(2)));
                }

                await reader.NextResultAsync(cancellationToken);
            }

            if (keys.Count > 0)
                await ReadClaimsAsync(reader, claims, cancellationToken);
        }

        if (present.Count > 0)
        {
            await using var rest = new NpgsqlBatch(connection);
            rest.BatchCommands.Add(ClaimsCommand([.. present.Keys]));
            await using var reader = await rest.ExecuteReaderAsync(cancellationToken);
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
        return watch is { MayTakeOver: false } ? [.. workerIds] : alive;
    }

    public async Task<ILookup<ClaimKey, RecordedAttempt>> LoadHistoryAsync(IReadOnlyList<Claim> claims, CancellationToken cancellationToken)
    {
        var history = await LoadHistoryAsync(claims, claim => claim.AcceptedAt.AddDays(-1), cancellationToken);
        // A worker's clock that was far behind the router's dated its attempts before the request.
        return claims.All(claim => history[claim.Key].Count() >= claim.AttemptsTotal)
            ? history
            : await LoadHistoryAsync(claims, _ => DateTimeOffset.UnixEpoch, cancellationToken);
    }

    private async Task<ILookup<ClaimKey, RecordedAttempt>> LoadHistoryAsync(
        IReadOnlyList<Claim> claims, Func<Claim, DateTimeOffset> since, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new PostgresColumns<Claim>(History, claims)
            .Add(claim => claim.Key.Tenant)
            .Add(claim => claim.Key.RequestId)
            .Time(since)
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
        var claims = changes.ChangedClaims;
        await using var batch = new NpgsqlBatch(connection);
        AddFirst(batch);
        if (claims.Count > 0)
            batch.BatchCommands.Add(PostgresFacts.Update(claims, versions, now));
        var facts = PostgresFacts.Facts(changes, isTolerant: collisions > 0).ToLookup(rows => collisions == 0 && rows.Count >= CopiedFrom);
        foreach (var command in PostgresFacts.Inserts(changes).Concat(facts[false].Select(rows => rows.Command)).Concat(PostgresFacts.Deletes(changes)))
            batch.BatchCommands.Add(command);
        if (recalledToStart.Count > 0)
            batch.BatchCommands.Add(CancelledAheadCommand());
        if (batch.BatchCommands.Count > 0)
            await ExecuteAsync(batch, claims, cancellationToken);
        foreach (var rows in facts[true])
            await rows.CopyAsync(connection, cancellationToken);
    }

    private async Task ExecuteAsync(NpgsqlBatch batch, List<Claim> claims, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (version == 0)
            await ReadFirstAsync(reader, cancellationToken);
        var updated = 0;
        if (claims.Count > 0)
        {
            for (; await reader.ReadAsync(cancellationToken); updated++)
            {
                // Only its holder comes back for it.
                if (claims[(int)reader.GetInt64(0) - 1] is { State: ClaimState.Running } claim)
                    written.Add(new KnownClaim(claim, version, reader.GetFieldValue<NpgsqlTid>(1)));
            }
        }

        var isCancelled = false;
        while (await reader.NextResultAsync(cancellationToken))
        {
            // An insert that failed throws here; only the question gives a row.
            isCancelled |= await reader.ReadAsync(cancellationToken) && reader.GetBoolean(0);
        }

        if (updated != claims.Count || isCancelled)
            throw new ClaimChangedException();
    }

    private NpgsqlBatchCommand CancelledAheadCommand() => new PostgresColumns<Claim>(CancelledAhead, recalledToStart)
        .Add(claim => claim.Key.Tenant)
        .Add(claim => claim.Key.RequestId)
        .Add(claim => claim.GroupId)
        .Time(claim => claim.AcceptedAt)
        .Command;

    private void AddFirst(NpgsqlBatch batch)
    {
        foreach (var command in first)
            batch.BatchCommands.Add(command);
        first.Clear();
    }

    private async Task ReadFirstAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        version = reader.GetFieldValue<uint>(0);
        await reader.NextResultAsync(cancellationToken);
    }

    private NpgsqlBatchCommand ClaimsCommand(IReadOnlyList<ClaimKey> keys) =>
        new PostgresColumns<ClaimKey>(collisions > 1 ? LockedClaims : Claims, keys).Add(key => key.Tenant).Add(key => key.RequestId).Command;

    private async Task ReadClaimsAsync(NpgsqlDataReader reader, Dictionary<ClaimKey, Claim> claims, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            var claim = ClaimRow.Read(reader);
            claims.Add(claim.Key, claim);
            versions.Add(claim.Key, (reader.GetFieldValue<uint>(ClaimRow.ColumnCount), reader.GetFieldValue<NpgsqlTid>(ClaimRow.ColumnCount + 1)));
        }
    }
}
