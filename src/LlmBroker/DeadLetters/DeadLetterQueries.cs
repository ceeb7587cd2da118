using Dapper;
using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>What operators ask of the dead letters beside the letters themselves; one SQL for both databases.</summary>
internal sealed class DeadLetterQueries(ILedgerDatabase database)
{
    /// <summary>The letters that the filter finds by reason, the most frequent first.</summary>
    public Task<IReadOnlyList<DeadLetterGroup>> GetGroupsAsync(DeadLetterFilter filter, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<DeadLetterGroup>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    WITH found AS (
                        SELECT d.id, d.reason, d.error, d.created_at, d.cost_usd,
                            row_number() OVER (PARTITION BY d.reason ORDER BY d.created_at DESC, d.id DESC) AS place
                        FROM dead_letters d WHERE {DeadLetterSearch.Condition(filter)})
                    SELECT g.reason, g.letters, g.oldest, g.newest, g.cost_usd, g.unknown_costs, s.id, s.error
                    FROM (
                        SELECT reason, count(*) AS letters, min(created_at) AS oldest, max(created_at) AS newest,
                            {database.Sum("cost_usd")} AS cost_usd, count(*) FILTER (WHERE cost_usd IS NULL) AS unknown_costs
                        FROM found GROUP BY reason) AS g
                    JOIN found s ON s.reason = g.reason AND s.place = 1
                    ORDER BY g.letters DESC, g.reason
                    """,
                    DeadLetterSearch.Parameters(filter),
                    cancellationToken: cancellationToken));
                var groups = new List<DeadLetterGroup>();
                while (await reader.ReadAsync(cancellationToken))
                {
                    groups.Add(new DeadLetterGroup
                    {
                        Reason = ClaimRow.ReadFailure(reader.GetString(0)),
                        Count = reader.GetInt64(1),
                        Oldest = reader.GetFieldValue<DateTimeOffset>(2),
                        Newest = reader.GetFieldValue<DateTimeOffset>(3),
                        CostUsd = reader.Value<decimal>(4) ?? 0,
                        UnknownCosts = reader.GetInt64(5),
                        SampleId = reader.GetGuid(6),
                        SampleError = reader.GetString(7),
                    });
                }

                return groups;
            },
            cancellationToken);

    /// <summary>What was done with the letter, in that order.</summary>
    public Task<IReadOnlyList<DeadLetterAction>> GetHistoryAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => DeadLetterHistory.ReadAsync(connection, null, id, cancellationToken), cancellationToken);

    /// <summary>The letters after <paramref name="cursor"/>, the oldest first: pages that stay right while letters before them change.</summary>
    public Task<IReadOnlyList<StoredDeadLetter>> GetPageAsync(
        DeadLetterFilter filter, DeadLetterCursor? cursor, int size, bool withBody, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<StoredDeadLetter>>(
            async connection =>
            {
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    SELECT {(withBody ? DeadLetterRow.Columns : DeadLetterRow.Summary)} FROM dead_letters d
                    WHERE {DeadLetterSearch.Condition(filter)} {(cursor is null ? "" : "AND (d.created_at, d.id) > (@cursorAt, @cursorId)")}
                    ORDER BY d.created_at, d.id LIMIT @limit
                    """,
                    DeadLetterSearch.Parameters(filter, cursor, size),
                    cancellationToken: cancellationToken));
                var letters = new List<StoredDeadLetter>();
                while (await reader.ReadAsync(cancellationToken))
                    letters.Add(DeadLetterRow.Read(reader));
                return letters;
            },
            cancellationToken);
}
