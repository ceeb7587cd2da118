using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace LlmBroker.Benchmarks;

/// <summary>The same rows as ours, in group commits of three kinds, one round trip each and without a decision in between.</summary>
internal sealed class BareLedger(string connectionString)
{
    private const int MostInCommit = 512;

    private readonly Channel<Row> queue = Channel.CreateUnbounded<Row>();
    // The claims are looked up by index, as ours does it: the planner thinks them few until they are analyzed.
    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(
        connectionString
        + ";Max Auto Prepare=50;Auto Prepare Min Usages=2;Options=-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off");

    public enum Kind
    {
        Accept,
        Start,
        Finish,
    }

    public Task WriteAsync(Kind kind, string requestId, Guid id, byte[]? reply = null)
    {
        var row = new Row(kind, requestId, id, reply, TimeProvider.System.GetUtcNow().UtcDateTime, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        queue.Writer.TryWrite(row);
        return row.Done.Task;
    }

    public async Task RunAsync()
    {
        await using var connection = await source.OpenConnectionAsync();
        var rows = new List<Row>();
        while (await queue.Reader.WaitToReadAsync())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            rows.Clear();
            while (rows.Count < MostInCommit && queue.Reader.TryRead(out var row))
                rows.Add(row);

            await using (var transaction = await connection.BeginTransactionAsync())
            {
                await using var batch = new NpgsqlBatch(connection, transaction);
                foreach (var kind in rows.GroupBy(row => row.Kind))
                    Add(batch, kind.Key, [.. kind]);
                await batch.ExecuteNonQueryAsync();
                await transaction.CommitAsync();
            }

            foreach (var row in rows)
                row.Done.TrySetResult();
        }
    }

    private static void Add(NpgsqlBatch batch, Kind kind, Row[] rows)
    {
        foreach (var sql in Statements(kind))
        {
            var command = new NpgsqlBatchCommand(sql);
            command.Parameters.Add(new() { Value = Array.ConvertAll(rows, row => row.RequestId), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
            command.Parameters.Add(new() { Value = Array.ConvertAll(rows, row => row.Id), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
            command.Parameters.Add(new() { Value = Array.ConvertAll(rows, row => row.At), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
            if (sql.Contains("$4", StringComparison.Ordinal))
                command.Parameters.Add(new() { Value = Array.ConvertAll(rows, row => row.Reply ?? []), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
            batch.BatchCommands.Add(command);
        }
    }

    private static string[] Statements(Kind kind) => kind switch
    {
        Kind.Accept =>
        [
            """
            INSERT INTO claims (tenant, request_id, run, body_hash, state, lane, deployment, accepted_at, updated_at)
            SELECT 'bare', r, 1, uuid_send(i) || uuid_send(i), 1, 'bulk', 'd0', a, a FROM unnest($1, $2, $3) AS t(r, i, a) ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO requests (tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, model, tier, deployment, reason, prompt_tokens, message_bytes, at_most_once)
            SELECT 'bare', r, 1, a, false, 'bulk', 'chat', a + interval '1 day', 'translation', 'm0', 'cheap', 'd0', 'model → d0', 30, 200, false
            FROM unnest($1, $2, $3) AS t(r, i, a) ON CONFLICT DO NOTHING
            """,
        ],
        Kind.Start =>
        [
            """
            UPDATE claims c SET state = 2, claim_id = i, worker_id = i, open_attempt_id = i, attempts = 1, attempts_total = 1, updated_at = a
            FROM unnest($1, $2, $3) AS t(r, i, a) WHERE c.tenant = 'bare' AND c.request_id = r AND c.state = 1
            """,
            """
            INSERT INTO attempts (tenant, request_id, run, attempt_id, claim_id, worker_id, deployment, provider, model, started_at, estimated_cost_usd)
            SELECT 'bare', r, 1, i, i, i, 'd0', 'openai', 'm0', a, 0.01 FROM unnest($1, $2, $3) AS t(r, i, a) ON CONFLICT DO NOTHING
            """,
        ],
        _ =>
        [
            """
            INSERT INTO attempt_ends (tenant, request_id, run, attempt_id, status, ended_at, latency_us, http_status, finish_reason, input_tokens, cache_read_tokens,
                cache_write_tokens, output_tokens, reasoning_tokens, input_price_usd, output_price_usd, cost_usd)
            SELECT 'bare', r, 1, i, 1, a, 1000, 200, 'stop', 30, 0, 0, 10, 0, 1, 10, 0.00013 FROM unnest($1, $2, $3) AS t(r, i, a) ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO outcomes (tenant, request_id, run, settled_at, reply_id, attempts, cost_usd)
            SELECT 'bare', r, 1, a, i, 1, 0.00013 FROM unnest($1, $2, $3) AS t(r, i, a) ON CONFLICT DO NOTHING
            """,
            """
            INSERT INTO payloads (tenant, request_id, run, kind, created_at, body)
            SELECT 'bare', r, 1, 1, a, b FROM unnest($1, $2, $3, $4) AS t(r, i, a, b) ON CONFLICT DO NOTHING
            """,
            """
            UPDATE claims c SET state = 4, open_attempt_id = NULL, worker_id = NULL, spent_usd = 0.00013, reply_id = i, finished_at = a, updated_at = a
            FROM unnest($1, $2, $3) AS t(r, i, a) WHERE c.tenant = 'bare' AND c.request_id = r AND c.state = 2
            """,
        ],
    };

    private sealed record Row(Kind Kind, string RequestId, Guid Id, byte[]? Reply, DateTime At, TaskCompletionSource Done);
}
