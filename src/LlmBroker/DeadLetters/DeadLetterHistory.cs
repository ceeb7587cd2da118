using System.Data.Common;
using System.Text.Json;
using Dapper;
using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>Writes and reads <c>dead_letter_actions</c>, inside the transaction that does what they tell.</summary>
internal static class DeadLetterHistory
{
    public static Task AddAsync(
        DbConnection connection, DbTransaction transaction, Guid letterId, DeadLetterAction action, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO dead_letter_actions (letter_id, number, action, at, by_whom, run, edits, route, note)
            SELECT @letterId, coalesce(max(number), 0) + 1, @kind, @at, @by, @run, @edits, @route, @note
            FROM dead_letter_actions WHERE letter_id = @letterId
            """,
            new
            {
                letterId,
                kind = Name(action.Kind),
                at = SqliteDatabase.Time(action.At),
                by = StoredText.Clean(action.By),
                run = action.Run,
                edits = action.Edits.IsEmpty ? null : StoredText.CleanJson(action.Edits.ToJson()),
                route = action.Route is { } route ? StoredText.CleanJson(JsonSerializer.Serialize(route, LedgerJson.Default.Route)) : null,
                note = StoredText.Clean(action.Note),
            },
            transaction,
            cancellationToken: cancellationToken));

    /// <summary>In the order in which it was done.</summary>
    public static async Task<IReadOnlyList<DeadLetterAction>> ReadAsync(
        DbConnection connection, DbTransaction? transaction, Guid letterId, CancellationToken cancellationToken)
    {
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            "SELECT action, at, by_whom, run, edits, route, note FROM dead_letter_actions WHERE letter_id = @letterId ORDER BY number",
            new { letterId },
            transaction,
            cancellationToken: cancellationToken));
        var actions = new List<DeadLetterAction>();
        while (await reader.ReadAsync(cancellationToken))
        {
            actions.Add(new DeadLetterAction
            {
                Kind = Enum.TryParse<DeadLetterActionKind>(reader.GetString(0), ignoreCase: true, out var kind) ? kind : DeadLetterActionKind.Unknown,
                At = reader.GetFieldValue<DateTimeOffset>(1),
                By = reader.Text(2),
                Run = reader.Value<int>(3),
                Edits = reader.Text(4) is { } edits ? JsonSerializer.Deserialize(edits, LedgerJson.Default.RedriveEdits)! : RedriveEdits.None,
                Route = reader.Text(5) is { } route ? JsonSerializer.Deserialize(route, LedgerJson.Default.Route) : null,
                Note = reader.Text(6),
            });
        }

        return actions;
    }

    private static string Name(DeadLetterActionKind kind) => kind switch
    {
        DeadLetterActionKind.Redriven => "redriven",
        DeadLetterActionKind.Discarded => "discarded",
        DeadLetterActionKind.Returned => "returned",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An action is redriven, discarded or returned."),
    };
}
