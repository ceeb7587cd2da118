using System.Data.Common;
using System.Text.Json;
using Dapper;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;

namespace LlmBroker.DeadLetters;

/// <summary>The dead letters and what operators do with them. <see cref="DeadLetterRedrive"/> is what composes and sends a redrive.</summary>
internal sealed class DeadLetterStore(ILedgerDatabase database, TimeProvider time)
{
    /// <summary>How long a redrive that is not known to be sent counts as on its way.</summary>
    private static readonly TimeSpan SendTime = TimeSpan.FromMinutes(1);

    /// <summary>The newest first, without their bodies.</summary>
    public Task<IReadOnlyList<StoredDeadLetter>> ListAsync(DeadLetterFilter filter, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<StoredDeadLetter>>(
            async connection =>
            {
                var page = filter.After is null
                    ? ""
                    : "AND (d.created_at, d.id) < (SELECT b.created_at, b.id FROM dead_letters b WHERE b.id = @after)";
                await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
                    $"""
                    SELECT {DeadLetterRow.Summary} FROM dead_letters d
                    WHERE {DeadLetterSearch.Condition(filter)} {page}
                    ORDER BY d.created_at DESC, d.id DESC LIMIT @limit
                    """,
                    DeadLetterSearch.Parameters(filter, limit: filter.Limit),
                    cancellationToken: cancellationToken));
                var letters = new List<StoredDeadLetter>();
                while (await reader.ReadAsync(cancellationToken))
                    letters.Add(DeadLetterRow.Read(reader));
                return letters;
            },
            cancellationToken);

    public Task<StoredDeadLetter?> GetAsync(Guid id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => GetAsync(connection, null, id, cancellationToken), cancellationToken);

    /// <summary>
    /// Keeps a letter that comes without a settlement, such as a message that nobody can read. Once for each id; one that was redriven and comes
    /// back is open again.
    /// </summary>
    public Task AddAsync(DeadLetter letter, CancellationToken cancellationToken) => database.ChangeAsync(
        async (connection, transaction) =>
        {
            var parameters = DeadLetterRow.Parameters(letter);
            var returned = await connection.ExecuteAsync(new CommandDefinition(
                """
                UPDATE dead_letters SET state = 'open', state_changed_at = @CreatedAt, sent_at = NULL, error = @Error
                WHERE id = @Id AND run = 0 AND state = 'redriven'
                """,
                parameters,
                transaction,
                cancellationToken: cancellationToken));
            if (returned == 0)
                return await connection.ExecuteAsync(new CommandDefinition(DeadLetterRow.Insert, parameters, transaction, cancellationToken: cancellationToken));

            await DeadLetterHistory.AddAsync(
                connection, transaction, letter.Id, new DeadLetterAction { Kind = DeadLetterActionKind.Returned, At = letter.CreatedAt }, cancellationToken);
            return returned;
        },
        cancellationToken);

    /// <summary>False when it is not there or not open.</summary>
    public Task<bool> DiscardAsync(Guid id, string? note, string by, CancellationToken cancellationToken) => database.ChangeAsync(
        async (connection, transaction) =>
        {
            var now = Now();
            var discarded = await connection.ExecuteAsync(new CommandDefinition(
                """
                UPDATE dead_letters SET state = 'discarded', state_changed_at = @now, state_note = @note WHERE id = @id AND state = 'open'
                """,
                new { id, note = StoredText.Clean(note), now },
                transaction,
                cancellationToken: cancellationToken)) > 0;
            if (discarded)
            {
                var action = new DeadLetterAction { Kind = DeadLetterActionKind.Discarded, At = now, By = by, Note = note };
                await DeadLetterHistory.AddAsync(connection, transaction, id, action, cancellationToken);
            }

            return discarded;
        },
        cancellationToken);

    /// <summary>A redrive of the letter as it was, by the user of this process.</summary>
    /// <inheritdoc cref="RedriveAsync(Guid, RedriveOrder, CancellationToken)"/>
    public Task<RedriveResult> RedriveAsync(Guid id, CancellationToken cancellationToken) =>
        RedriveAsync(id, new RedriveOrder { By = Environment.UserName }, cancellationToken);

    /// <summary>
    /// Opens the next run of the letter's request and returns what to send. Asking again, with the same edits, gives the same until a worker has
    /// taken the run; the letter's row and the claim are locked, so that those who ask at once take turns.
    /// </summary>
    public Task<RedriveResult> RedriveAsync(Guid id, RedriveOrder order, CancellationToken cancellationToken) => database.ChangeAsync(
        async (connection, transaction) =>
        {
            if (await GetAsync(connection, transaction, id, cancellationToken) is not { } stored)
                return new RedriveResult(RedriveState.NotFound);
            if (stored.State == DeadLetterState.Discarded)
                return new RedriveResult(RedriveState.Discarded);
            if ((order.Message ?? ReadRun(stored.Letter)) is not { } message)
            {
                return stored.Letter.Run > 0
                    ? new RedriveResult(RedriveState.Unreadable)
                    : await RedriveRawAsync(connection, transaction, stored, order, cancellationToken);
            }

            var key = ClaimKey.Of(new RunKey(message.Tenant, message.RequestId, message.Run));
            var claim = await GetClaimAsync(connection, transaction, key, cancellationToken);
            if (Refusal(stored, claim) is { } refusal)
                return new RedriveResult(refusal);

            var last = await LastRedriveAsync(connection, transaction, stored, cancellationToken);
            var isRepeat = last is not null && last.Edits.ToJson() == order.Edits.ToJson();
            if (last is not null && !isRepeat && !(stored.IsUnsent && Now() - last.At > SendTime))
                return new RedriveResult(RedriveState.OtherEdits);

            // Postgres keeps microseconds; a second call computes the same body from what was kept.
            var now = isRepeat ? last!.At : Now();
            message = message with
            {
                Run = stored.RedrivenRun ?? Math.Max(stored.Letter.Run, 1) + 1,
                Route = isRepeat ? last!.Route ?? message.Route : message.Route,
                Laps = 0,
                AcceptedAt = now,
                Deadline = now + (message.Deadline - message.AcceptedAt),
            };
            var body = WireJson.ToBytes(message);
            if (!isRepeat)
            {
                await MarkRedrivenAsync(connection, transaction, id, message.Run, now, cancellationToken);
                await RunOpening.WriteAsync(database, connection, transaction, message, last?.At, claim is not null, body.Length, order, cancellationToken);
                await DeadLetterHistory.AddAsync(connection, transaction, id, ActionOf(order, now, message), cancellationToken);
            }

            return new RedriveResult(RedriveState.Redriven, message.Run, body);
        },
        cancellationToken);

    /// <summary>The queue has confirmed what the last redrive of the letter sent, or a worker was seen to have it.</summary>
    public Task MarkSentAsync(Guid id, CancellationToken cancellationToken) => database.ChangeAsync(
        (connection, transaction) => connection.ExecuteAsync(new CommandDefinition(
            "UPDATE dead_letters SET sent_at = @now WHERE id = @id AND state = 'redriven' AND sent_at IS NULL",
            new { id, now = Now() },
            transaction,
            cancellationToken: cancellationToken)),
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

    /// <summary>The request of a letter that had a run.</summary>
    private static RunInference? ReadRun(DeadLetter letter)
    {
        if (letter is not { Tenant: not null, RequestId: not null, Run: > 0 })
            return null;

        try
        {
            return WireJson.Read<RunInference>(letter.Body.Span);
        }
        catch (JsonException)
        {
            // It names a run and holds none; the caller tells the operator.
            return null;
        }
    }

    /// <summary>How the letter was redriven before; null when it is open.</summary>
    private static async Task<DeadLetterAction?> LastRedriveAsync(
        DbConnection connection, DbTransaction transaction, StoredDeadLetter stored, CancellationToken cancellationToken)
    {
        if (stored is not { State: DeadLetterState.Redriven, StateChangedAt: { } at })
            return null;

        var actions = await DeadLetterHistory.ReadAsync(connection, transaction, stored.Letter.Id, cancellationToken);
        return actions.LastOrDefault(action => action.Kind == DeadLetterActionKind.Redriven)
            // Redriven before actions were kept: as it was.
            ?? new DeadLetterAction { Kind = DeadLetterActionKind.Redriven, At = at };
    }

    private async Task<RedriveResult> RedriveRawAsync(
        DbConnection connection, DbTransaction transaction, StoredDeadLetter stored, RedriveOrder order, CancellationToken cancellationToken)
    {
        // Nothing tells whether it arrived, so it may be sent any number of times.
        var now = Now();
        await MarkRedrivenAsync(connection, transaction, stored.Letter.Id, null, now, cancellationToken);
        await DeadLetterHistory.AddAsync(connection, transaction, stored.Letter.Id, ActionOf(order, now, message: null), cancellationToken);
        return new RedriveResult(RedriveState.Redriven, null, stored.Letter.Body.ToArray(), stored.Letter.Source) { Raw = stored.Letter };
    }

    private static DeadLetterAction ActionOf(RedriveOrder order, DateTimeOffset now, RunInference? message) => new()
    {
        Kind = DeadLetterActionKind.Redriven,
        At = now,
        By = order.By,
        Run = message?.Run,
        Edits = order.Edits,
        Route = message?.Route,
    };

    private static Task<int> MarkRedrivenAsync(
        DbConnection connection, DbTransaction transaction, Guid id, int? run, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            "UPDATE dead_letters SET state = 'redriven', state_changed_at = @now, sent_at = NULL, redriven_run = @run WHERE id = @id",
            new { id, run, now },
            transaction,
            cancellationToken: cancellationToken));

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
            $"SELECT {DeadLetterRow.Columns} FROM dead_letters d WHERE d.id = @id {(transaction is null ? "" : database.ForUpdate)}",
            new { id },
            transaction,
            cancellationToken: cancellationToken));
        return await reader.ReadAsync(cancellationToken) ? DeadLetterRow.Read(reader) : null;
    }

    private DateTimeOffset Now() => SqliteDatabase.Time(time.GetUtcNow());
}
