using Dapper;

namespace LlmBroker.Ledger;

/// <summary>Asks for the end of requests; who holds one learns it at its next attempt, or sooner by <c>llm.control</c>.</summary>
internal sealed class CancellationStore(ILedgerDatabase database, TimeProvider time)
{
    /// <summary>Marks the request, or every request of the group, that is not finished, and returns those. One of the two ids is given.</summary>
    public Task<IReadOnlyList<CancelledRequest>> CancelAsync(
        string tenant, string? requestId, string? groupId, CancellationToken cancellationToken)
    {
        if (requestId is null == groupId is null)
            throw new ArgumentException("Give a request id or a group id.", nameof(requestId));

        return database.ChangeAsync<IReadOnlyList<CancelledRequest>>(
            async (connection, transaction) =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    UPDATE claims SET cancel_requested = true, updated_at = @now
                    WHERE tenant = @tenant AND {(groupId is null ? "request_id" : "group_id")} = @id AND state <> 4
                    RETURNING request_id, run, state, deployment
                    """,
                    new { tenant, id = requestId ?? groupId, now = SqliteDatabase.Time(time.GetUtcNow()) },
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
    }
}

/// <summary>A request that was not finished when its cancellation was asked for.</summary>
internal sealed record CancelledRequest(string RequestId, int Run, ClaimState State, string? Deployment);
