using System.Data.Common;
using System.Text.Json;
using Dapper;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;

namespace LlmBroker.DeadLetters;

/// <summary>The dead letters and what operators do with them.</summary>
internal sealed class DeadLetterStore(ILedgerDatabase database, TimeProvider time)
{
    private const string Columns = """
        id, tenant, request_id, run, reason, error, deployment, lane, task, attempts, cost_usd, created_at, body, source,
        state, state_changed_at, state_note, redriven_run
        """;

    /// <summary>The newest first.</summary>
    public Task<IReadOnlyList<StoredDeadLetter>> ListAsync(DeadLetterFilter filter, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<StoredDeadLetter>>(
            async connection =>
            {
                var conditions = "created_at >= @since"
                    + (filter.State is null ? "" : " AND state = @state")
                    + (filter.Reason is null ? "" : " AND reason = @reason")
                    + (filter.Tenant is null ? "" : " AND tenant = @tenant");
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"SELECT {Columns} FROM dead_letters WHERE {conditions} ORDER BY created_at DESC, id LIMIT @limit",
                    new
                    {
                        since = SqliteDatabase.Time(filter.Since ?? DateTimeOffset.UnixEpoch),
                        state = filter.State is { } state ? Name(state) : null,
                        reason = filter.Reason?.ToString(),
                        tenant = filter.Tenant,
                        limit = filter.Limit,
                    },
                    cancellationToken: cancellationToken));
                var letters = new List<StoredDeadLetter>();
                while (await reader.ReadAsync(cancellationToken))
                    letters.Add(Read(reader));
                return letters;
            },
            cancellationToken);

    public Task<StoredDeadLetter?> GetAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => GetAsync(connection, null, id, cancellationToken), cancellationToken);

    /// <summary>Keeps a letter that comes without a settlement, such as a message that nobody can read. Once for each id.</summary>
    public Task AddAsync(DeadLetter letter, CancellationToken cancellationToken) => database.ChangeAsync(
        (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(
            DeadLetterRow.Insert, DeadLetterRow.Parameters(letter), transaction, cancellationToken: cancellationToken)),
        cancellationToken);

    /// <summary>False when it is not there or not open.</summary>
    public Task<bool> DiscardAsync(Guid id, string? note, CancellationToken cancellationToken) => database.ChangeAsync(
        async (connection, transaction) => await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE dead_letters SET state = 'discarded', state_changed_at = @now, state_note = @note WHERE id = @id AND state = 'open'
            """,
            new { id, note = StoredText.Clean(note), now = Now() },
            transaction,
            cancellationToken: cancellationToken)) > 0,
        cancellationToken);

    /// <summary>Opens the next run of the letter's request, with the time that the last one had, and returns what to send.</summary>
    public Task<RedriveResult> RedriveAsync(Guid id, CancellationToken cancellationToken) => database.ChangeAsync(
        async (connection, transaction) =>
        {
            if (await GetAsync(connection, transaction, id, cancellationToken) is not { } stored)
                return new RedriveResult(RedriveState.NotFound);
            if (stored.State == DeadLetterState.Discarded)
                return new RedriveResult(RedriveState.Discarded);
            if (stored.Letter is not { Tenant: { } tenant, RequestId: { } requestId, Run: > 0 })
                return await RedriveRawAsync(connection, transaction, stored.Letter, cancellationToken);

            var claim = await GetClaimAsync(connection, transaction, new ClaimKey(tenant, requestId), cancellationToken);
            if (Refusal(stored, claim) is { } refusal)
                return new RedriveResult(refusal);

            // Postgres keeps microseconds; a second call computes the same body from what was kept.
            var now = stored.StateChangedAt ?? Now();
            var run = stored.Letter.Run + 1;
            if (Rerun(stored.Letter.Body, run, now) is not { } message)
                return new RedriveResult(RedriveState.Unreadable);

            var body = WireJson.ToBytes(message);
            if (stored.State == DeadLetterState.Open)
            {
                await MarkRedrivenAsync(connection, transaction, id, run, now, cancellationToken);
                await OpenRunAsync(connection, transaction, message, claim is not null, body.Length, cancellationToken);
            }

            return new RedriveResult(RedriveState.Redriven, run, body);
        },
        cancellationToken);

    private static RedriveState? Refusal(StoredDeadLetter stored, Claim? claim)
    {
        if (stored.State == DeadLetterState.Redriven)
            return claim is { State: ClaimState.Accepted } && claim.Run == stored.RedrivenRun ? null : RedriveState.Taken;
        if (claim is null)
            return null;
        if (claim.Run > stored.Letter.Run)
            return RedriveState.Superseded;
        return claim.State == ClaimState.Finished ? null : RedriveState.Running;
    }

    private static RunInference? Rerun(ReadOnlyMemory<byte> body, int run, DateTimeOffset now)
    {
        try
        {
            var message = WireJson.Read<RunInference>(body.Span);
            return message is null
                ? null
                : message with { Run = run, Laps = 0, AcceptedAt = now, Deadline = now + (message.Deadline - message.AcceptedAt) };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<RedriveResult> RedriveRawAsync(
        DbConnection connection, DbTransaction transaction, DeadLetter letter, CancellationToken cancellationToken)
    {
        // Nothing tells whether it arrived, so it may be sent any number of times.
        await MarkRedrivenAsync(connection, transaction, letter.Id, null, Now(), cancellationToken);
        return new RedriveResult(RedriveState.Redriven, null, letter.Body.ToArray(), letter.Source);
    }

    private static Task<int> MarkRedrivenAsync(
        DbConnection connection, DbTransaction transaction, Guid id, int? run, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "UPDATE dead_letters SET state = 'redriven', state_changed_at = @now, redriven_run = @run WHERE id = @id",
            new { id, run, now },
            transaction,
            cancellationToken: cancellationToken));

    private async Task OpenRunAsync(
        DbConnection connection, DbTransaction transaction, RunInference message, bool isKnown, int bytes, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            message.Tenant,
            message.RequestId,
            message.Run,
            AcceptedAt = SqliteDatabase.Time(message.AcceptedAt),
            Deadline = SqliteDatabase.Time(message.Deadline),
            message.Lane,
            message.Operation,
            message.Route.Task,
            message.Route.TaskConfidence,
            message.Route.Policy,
            message.Route.Model,
            message.Route.Tier,
            message.Route.Deployment,
            Fallbacks = RequestRow.WriteFallbacks(message.Route),
            message.Route.Reason,
            Bytes = bytes,
            message.MaxCostUsd,
            message.AtMostOnce,
            message.GroupId,
            ReplyTo = ClaimRow.WriteAddress(message.ReplyTo),
            ReplyQueue = message.ReplyTo?.Queue,
            NoHash = Array.Empty<byte>(),
            LastRun = message.Run - 1,
        };
        var claim = isKnown
            ? """
              UPDATE claims SET
                  run = @Run, state = 1, claim_id = NULL, worker_id = NULL, open_attempt_id = NULL, attempts = 0, ambiguous = false,
                  cancel_requested = false, deadline = @Deadline, deployment = @Deployment, reason = NULL, failure = NULL, reply_id = NULL, finished_at = NULL,
                  updated_at = @AcceptedAt
              WHERE tenant = @Tenant AND request_id = @RequestId
              """
            : $"""
              INSERT INTO claims (
                  tenant, request_id, run, body_hash, state, lane, deployment, reply_to, group_id, accepted_at, updated_at, deadline)
              VALUES (
                  @Tenant, @RequestId, @Run, @NoHash, 1, @Lane, @Deployment, {database.Json("@ReplyTo")}, @GroupId, @AcceptedAt, @AcceptedAt,
                  @Deadline)
              """;
        await connection.ExecuteAsync(new CommandDefinition(claim, parameters, transaction, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            INSERT INTO requests (
                tenant, request_id, run, accepted_at, refused, lane, operation, deadline, task, task_confidence, policy, model, tier, deployment,
                fallbacks, reason, prompt_tokens, message_bytes, max_cost_usd, at_most_once, group_id, reply_queue, trace_id)
            VALUES (
                @Tenant, @RequestId, @Run, @AcceptedAt, false, @Lane, @Operation, @Deadline, @Task, @TaskConfidence, @Policy, @Model, @Tier,
                @Deployment, {database.Json("@Fallbacks")}, @Reason, coalesce(({LastRun("prompt_tokens")}), 0), @Bytes, @MaxCostUsd,
                @AtMostOnce, @GroupId, @ReplyQueue, ({LastRun("trace_id")}))
            """,
            parameters,
            transaction,
            cancellationToken: cancellationToken));

        static string LastRun(string column) => $"""
            SELECT {column} FROM requests
            WHERE tenant = @Tenant AND request_id = @RequestId AND run = @LastRun
            ORDER BY accepted_at DESC LIMIT 1
            """;
    }

    private async Task<Claim?> GetClaimAsync(
        DbConnection connection, DbTransaction transaction, ClaimKey key, CancellationToken cancellationToken)
    {
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"SELECT {ClaimRow.Columns} FROM claims c WHERE c.tenant = @Tenant AND c.request_id = @RequestId {database.ForUpdate}",
            new { key.Tenant, key.RequestId },
            transaction,
            cancellationToken: cancellationToken));
        return await reader.ReadAsync(cancellationToken) ? ClaimRow.Read(reader) : null;
    }

    private async Task<StoredDeadLetter?> GetAsync(
        DbConnection connection, DbTransaction? transaction, Guid id, CancellationToken cancellationToken)
    {
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"SELECT {Columns} FROM dead_letters WHERE id = @id {(transaction is null ? "" : database.ForUpdate)}",
            new { id },
            transaction,
            cancellationToken: cancellationToken));
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private static StoredDeadLetter Read(DbDataReader row) => new(
        new DeadLetter
        {
            Id = row.GetGuid(0),
            Tenant = row.Text(1),
            RequestId = row.Text(2),
            Run = row.GetInt32(3),
            Reason = ClaimRow.ReadFailure(row.GetString(4)),
            Error = row.GetString(5),
            Deployment = row.Text(6),
            Lane = row.Text(7),
            Task = row.Text(8),
            Attempts = row.GetInt32(9),
            CostUsd = row.Value<decimal>(10),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(11),
            Body = row.GetFieldValue<byte[]>(12),
            Source = row.Text(13),
        },
        Enum.TryParse<DeadLetterState>(row.GetString(14), ignoreCase: true, out var state) ? state : DeadLetterState.Unknown,
        row.Value<DateTimeOffset>(15),
        row.Text(16),
        row.Value<int>(17));

    private static string Name(DeadLetterState state) => state switch
    {
        DeadLetterState.Open => "open",
        DeadLetterState.Redriven => "redriven",
        DeadLetterState.Discarded => "discarded",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "A dead letter is open, redriven or discarded."),
    };

    private DateTimeOffset Now() => SqliteDatabase.Time(time.GetUtcNow());
}
