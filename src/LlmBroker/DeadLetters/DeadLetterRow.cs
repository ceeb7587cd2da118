using System.Data.Common;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>How a dead letter is written and read, row by row; the two databases agree here.</summary>
internal static class DeadLetterRow
{
    public const string Insert = """
        INSERT INTO dead_letters (
            id, tenant, request_id, run, reason, error, deployment, model, lane, task, attempts, cost_usd, created_at, body, source,
            content_type, reply_to)
        VALUES (
            @Id, @Tenant, @RequestId, @Run, @Reason, @Error, @Deployment, @Model, @Lane, @Task, @Attempts, @CostUsd, @CreatedAt, @Body, @Source,
            @ContentType, @ReplyTo)
        ON CONFLICT DO NOTHING
        """;

    private const string ColumnsBut = """
        d.id, d.tenant, d.request_id, d.run, d.reason, d.error, d.deployment, d.model, d.lane, d.task, d.attempts, d.cost_usd, d.created_at,
        d.source, d.content_type, d.reply_to, d.state, d.state_changed_at, d.state_note, d.redriven_run, d.sent_at,
        CASE WHEN d.run > 0 THEN d.run - 1
            ELSE (SELECT CAST(count(*) AS integer) FROM dead_letter_actions a WHERE a.letter_id = d.id AND a.action = 'redriven') END
        """;

    /// <summary>With the body.</summary>
    public const string Columns = $"{ColumnsBut}, d.body";

    /// <summary>Without it, which may be large.</summary>
    public const string Summary = $"{ColumnsBut}, NULL";

    public static object Parameters(DeadLetter letter) => new
    {
        letter.Id,
        Tenant = StoredText.Clean(letter.Tenant),
        RequestId = StoredText.Clean(letter.RequestId),
        letter.Run,
        Reason = letter.Reason.ToString(),
        Error = StoredText.Clean(letter.Error),
        Deployment = StoredText.Clean(letter.Deployment),
        Model = StoredText.Clean(letter.Model),
        Lane = StoredText.Clean(letter.Lane),
        Task = StoredText.Clean(letter.Task),
        letter.Attempts,
        letter.CostUsd,
        CreatedAt = SqliteDatabase.Time(letter.CreatedAt),
        Body = letter.Body.ToArray(),
        Source = StoredText.Clean(letter.Source),
        ContentType = StoredText.Clean(letter.ContentType),
        ReplyTo = ClaimRow.WriteAddress(letter.ReplyTo),
    };

    public static StoredDeadLetter Read(DbDataReader row) => new(
        new DeadLetter
        {
            Id = row.GetGuid(0),
            Tenant = row.Text(1),
            RequestId = row.Text(2),
            Run = row.GetInt32(3),
            Reason = ClaimRow.ReadFailure(row.GetString(4)),
            Error = row.GetString(5),
            Deployment = row.Text(6),
            Model = row.Text(7),
            Lane = row.Text(8),
            Task = row.Text(9),
            Attempts = row.GetInt32(10),
            CostUsd = row.Value<decimal>(11),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(12),
            Source = row.Text(13),
            ContentType = row.Text(14),
            ReplyTo = row.Text(15) is { } address ? JsonSerializer.Deserialize(address, LedgerJson.Default.ReplyAddress) : null,
            Body = row.IsDBNull(22) ? default(ReadOnlyMemory<byte>) : row.GetFieldValue<byte[]>(22),
        },
        Enum.TryParse<DeadLetterState>(row.GetString(16), ignoreCase: true, out var state) ? state : DeadLetterState.Unknown,
        row.Value<DateTimeOffset>(17),
        row.Text(18),
        row.Value<int>(19))
    {
        SentAt = row.Value<DateTimeOffset>(20),
        Redrives = row.GetInt32(21),
    };
}
