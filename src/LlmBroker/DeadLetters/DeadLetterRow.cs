using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>How a dead letter is written, row by row; the two databases agree here.</summary>
internal static class DeadLetterRow
{
    public const string Insert = """
        INSERT INTO dead_letters (
            id, tenant, request_id, run, reason, error, deployment, lane, task, attempts, cost_usd, created_at, body, source)
        VALUES (
            @Id, @Tenant, @RequestId, @Run, @Reason, @Error, @Deployment, @Lane, @Task, @Attempts, @CostUsd, @CreatedAt, @Body, @Source)
        ON CONFLICT DO NOTHING
        """;

    public static object Parameters(DeadLetter letter) => new
    {
        letter.Id,
        Tenant = StoredText.Clean(letter.Tenant),
        RequestId = StoredText.Clean(letter.RequestId),
        letter.Run,
        Reason = letter.Reason.ToString(),
        Error = StoredText.Clean(letter.Error),
        Deployment = StoredText.Clean(letter.Deployment),
        Lane = StoredText.Clean(letter.Lane),
        Task = StoredText.Clean(letter.Task),
        letter.Attempts,
        letter.CostUsd,
        CreatedAt = SqliteDatabase.Time(letter.CreatedAt),
        Body = letter.Body.ToArray(),
        Source = StoredText.Clean(letter.Source),
    };
}
