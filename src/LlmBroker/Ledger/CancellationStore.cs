using Dapper;

namespace LlmBroker.Ledger;

/// <summary>Asks for the end of requests; who holds one learns it at its next attempt, or sooner by <c>llm.control</c>.</summary>
internal sealed class CancellationStore(ILedgerDatabase database, TimeProvider time)
{
    /// <summary>A cancellation may come before its request, of which it knows the id that none other has.</summary>
    private static readonly TimeSpan RequestsAhead = TimeSpan.FromDays(1);

    /// <summary>A group's id can be used again: its cancellation is for what was published before and is not accepted yet.</summary>
    private static readonly TimeSpan GroupsAhead = TimeSpan.FromMinutes(1);

    private const string Kind = "request";
    private const string GroupKind = "group";

    /// <summary>
    /// Marks the request, or every request of the group, that is not finished, and returns those. One of the two ids is given.
    /// A request that is not known is cancelled if it is accepted within a day, one of the group if it is within a minute.
    /// </summary>
    public async Task<IReadOnlyList<CancelledRequest>> CancelAsync(
        string tenant, string? requestId, string? groupId, CancellationToken cancellationToken)
    {
        if (requestId is null == groupId is null)
            throw new ArgumentException("Give a request id or a group id.", nameof(requestId));

        // In a commit of its own, before the claims are looked at: what is accepted meanwhile is found by one of the two.
        await RememberAsync(tenant, requestId, groupId, cancellationToken);
        return await MarkAsync(tenant, requestId, groupId, cancellationToken);
    }

    /// <summary>Drops the cancellations that are over, after marking what they were for and no worker has taken yet.</summary>
    public Task<int> ForgetAsync(CancellationToken cancellationToken) => database.ChangeAsync(
        async (connection, transaction) =>
        {
            var parameters = new { now = Now() };
            var due = await connection.ExecuteScalarAsync<long>(new CommandDefinition(
                "SELECT count(*) FROM cancellations WHERE until < @now", parameters, transaction, cancellationToken: cancellationToken));
            if (due == 0)
                return 0;

            foreach (var (kind, column) in new[] { (Kind, "request_id"), (GroupKind, "group_id") })
            {
                await connection.ExecuteAsync(new CommandDefinition(
                    $"""
                    UPDATE claims SET cancel_requested = true
                    WHERE state <> 4 AND (tenant, {column}) IN (SELECT tenant, id FROM cancellations WHERE kind = '{kind}' AND until < @now)
                        AND EXISTS (
                            SELECT 1 FROM cancellations k
                            WHERE k.tenant = claims.tenant AND k.kind = '{kind}' AND k.id = claims.{column}
                                AND claims.accepted_at BETWEEN k.since AND k.until)
                    """,
                    parameters,
                    transaction,
                    cancellationToken: cancellationToken));
            }

            return await connection.ExecuteAsync(new CommandDefinition(
                "DELETE FROM cancellations WHERE until < @now", parameters, transaction, cancellationToken: cancellationToken));
        },
        cancellationToken);

    private Task<int> RememberAsync(string tenant, string? requestId, string? groupId, CancellationToken cancellationToken)
    {
        var now = Now();
        var parameters = new
        {
            tenant = StoredText.Clean(tenant),
            id = StoredText.Clean(requestId ?? groupId),
            since = requestId is null ? now - GroupsAhead : DateTimeOffset.UnixEpoch,
            until = now + (requestId is null ? GroupsAhead : RequestsAhead),
        };
        var sql = requestId is null
            ? Insert("VALUES (@tenant, 'group', @id, @since, @until)")
            : Insert("SELECT @tenant, 'request', @id, @since, @until WHERE NOT EXISTS (SELECT 1 FROM claims WHERE tenant = @tenant AND request_id = @id)");
        return database.ChangeAsync(
            (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken)),
            cancellationToken);

        static string Insert(string rows) => $"""
            INSERT INTO cancellations (tenant, kind, id, since, until)
            {rows}
            ON CONFLICT (tenant, kind, id) DO UPDATE SET since = excluded.since, until = excluded.until
            """;
    }

    private Task<IReadOnlyList<CancelledRequest>> MarkAsync(string tenant, string? requestId, string? groupId, CancellationToken cancellationToken) =>
        database.ChangeAsync<IReadOnlyList<CancelledRequest>>(
            async (connection, transaction) =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    UPDATE claims SET cancel_requested = true, updated_at = @now
                    WHERE tenant = @tenant AND {(groupId is null ? "request_id" : "group_id")} = @id AND state <> 4
                    RETURNING request_id, run, state, deployment
                    """,
                    new { tenant, id = requestId ?? groupId, now = Now() },
                    transaction,
                    cancellationToken: cancellationToken));
                var cancelled = new List<CancelledRequest>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    cancelled.Add(new CancelledRequest(
                        reader.GetString(0), reader.GetInt32(1), (ClaimState)reader.GetInt16(2), reader.Text(3)));
                }

                return cancelled;
            },
            cancellationToken);

    private DateTimeOffset Now() => SqliteDatabase.Time(time.GetUtcNow());
}

/// <summary>A request that was not finished when its cancellation was asked for.</summary>
internal sealed record CancelledRequest(string RequestId, int Run, ClaimState State, string? Deployment);
