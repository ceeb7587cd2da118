using System.Runtime.CompilerServices;
using Dapper;
using LlmBroker.Ledger;
using LlmBroker.Routing;

namespace LlmBroker.Learning;

/// <summary>The runs of a time of which something was said, with the features that were kept of them; one SQL for both databases.</summary>
internal sealed class LearningQueries(ILedgerDatabase database)
{
    private const int TimeoutSeconds = 600;

    /// <param name="since">Accepted at or after.</param>
    /// <param name="until">Accepted before.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Oldest first.</returns>
    public async IAsyncEnumerable<LedgerExample> ReadAsync(
        DateTimeOffset since, DateTimeOffset until, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"""
            WITH choices AS (
                SELECT r.tenant, r.request_id, r.run, r.accepted_at, r.deadline, r.task, r.gain, r.arm, r.tier
                FROM requests r
                WHERE r.accepted_at >= @since AND r.accepted_at < @until AND NOT r.refused AND r.cheap_model IS NOT NULL AND r.large_model IS NOT NULL
                    AND r.tenant NOT LIKE '%{ShadowTenant.Suffix}'),
            checked AS (
                SELECT tenant, request_id, run,
                    count(*) FILTER (WHERE verdict = 'accepted') AS accepted, count(*) FILTER (WHERE verdict = 'rejected') AS rejected
                FROM attempt_ends
                WHERE ended_at >= @factsSince AND verdict IS NOT NULL
                GROUP BY tenant, request_id, run),
            said AS (
                SELECT tenant, request_id, run, avg(score) AS score,
                    count(*) FILTER (WHERE verdict = 'accepted') AS accepts, count(*) FILTER (WHERE verdict = 'rejected') AS rejects
                FROM (
                    SELECT tenant, request_id, run, verdict, score,
                        row_number() OVER (PARTITION BY tenant, request_id, run, source ORDER BY given_at DESC, message_id DESC) AS age
                    FROM feedback
                    WHERE given_at >= @factsSince) f
                WHERE age = 1
                GROUP BY tenant, request_id, run)
            SELECT c.accepted_at, c.task, c.gain, c.arm, c.tier, coalesce(k.accepted, 0), coalesce(k.rejected, 0),
                coalesce(f.accepts, 0), coalesce(f.rejects, 0), f.score, o.cheap_cost_usd, o.large_cost_usd, p.body, c.tenant, c.request_id
            FROM choices c
            JOIN outcomes o
                ON o.tenant = c.tenant AND o.request_id = c.request_id AND o.run = c.run AND o.failure IS NULL
                AND o.settled_at >= @factsSince AND o.settled_at >= {database.Later("c.accepted_at", -1)} AND o.settled_at <= {database.Later("c.deadline", 24)}
            LEFT JOIN checked k ON k.tenant = c.tenant AND k.request_id = c.request_id AND k.run = c.run
            LEFT JOIN said f ON f.tenant = c.tenant AND f.request_id = c.request_id AND f.run = c.run
            LEFT JOIN payloads p
                ON p.tenant = c.tenant AND p.request_id = c.request_id AND p.run = c.run AND p.kind = {(int)PayloadKind.Features} AND p.created_at = c.accepted_at
            WHERE k.run IS NOT NULL OR f.run IS NOT NULL
            ORDER BY c.accepted_at, c.tenant, c.request_id
            """,
            new { since = SqliteDatabase.Time(since), until = SqliteDatabase.Time(until), factsSince = SqliteDatabase.Time(since.AddHours(-1)) },
            commandTimeout: TimeoutSeconds,
            cancellationToken: cancellationToken));
        while (await reader.ReadAsync(cancellationToken))
        {
            var label = AnswerLabel.Of(
                reader.Text(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.Value<double>(9));
            if (label is not var (ofCheap, bad, source))
                continue;

            yield return new LedgerExample
            {
                AcceptedAt = reader.GetFieldValue<DateTimeOffset>(0),
                Task = reader.Text(1),
                Gain = reader.Value<double>(2),
                Arm = reader.Text(3),
                OfCheap = ofCheap,
                Bad = bad,
                Source = source,
                CheapUsd = reader.Value<decimal>(10),
                LargeUsd = reader.Value<decimal>(11),
                Features = reader.IsDBNull(12) ? null : Decode(reader.GetFieldValue<byte[]>(12), reader.GetString(13), reader.GetString(14)),
            };
        }
    }

    /// <summary>The youngest requests of which features were kept, whether or not anything was said of them: what the traffic is made of.</summary>
    /// <param name="since">Accepted at or after.</param>
    /// <param name="until">Accepted before.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The kind of work, null when unknown, and the features; those of another version are left out.</returns>
    public async Task<IReadOnlyList<(string? Task, StoredFeatures Features)>> ReadMixAsync(
        DateTimeOffset since, DateTimeOffset until, int count, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"""
            SELECT r.task, p.body, r.tenant, r.request_id
            FROM requests r
            JOIN payloads p
                ON p.tenant = r.tenant AND p.request_id = r.request_id AND p.run = r.run AND p.kind = {(int)PayloadKind.Features} AND p.created_at = r.accepted_at
            WHERE r.accepted_at >= @since AND r.accepted_at < @until AND p.created_at >= @since AND p.created_at < @until
                AND r.tenant NOT LIKE '%{ShadowTenant.Suffix}'
            ORDER BY r.accepted_at DESC, r.tenant, r.request_id
            LIMIT @count
            """,
            new { since = SqliteDatabase.Time(since), until = SqliteDatabase.Time(until), count },
            commandTimeout: TimeoutSeconds,
            cancellationToken: cancellationToken));
        var mix = new List<(string?, StoredFeatures)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (Decode(reader.GetFieldValue<byte[]>(1), reader.GetString(2), reader.GetString(3)) is { } features)
                mix.Add((reader.Text(0), features));
        }

        return mix;
    }

    /// <exception cref="InvalidDataException">They are damaged; it says whose they are.</exception>
    private static StoredFeatures? Decode(byte[] body, string tenant, string requestId)
    {
        try
        {
            return StoredFeatures.TryDecode(body);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException(
                $"The features of request {tenant}/{requestId} are damaged: {exception.Message} Delete that row of payloads, kind {(int)PayloadKind.Features}.", exception);
        }
    }
}
