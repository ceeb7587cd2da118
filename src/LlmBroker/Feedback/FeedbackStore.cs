using System.Data.Common;
using Dapper;
using LlmBroker.Contracts;
using LlmBroker.Ledger;

namespace LlmBroker.Feedback;

/// <summary>Writes feedback to the ledger; one SQL for both databases.</summary>
internal sealed class FeedbackStore(ILedgerDatabase database, TimeProvider time)
{
    /// <summary>A message is delivered again within this time, or not at all; later the same one would only be a row more, of no effect.</summary>
    private static readonly TimeSpan RepeatWindow = TimeSpan.FromDays(1);

    /// <param name="tenant">Whose request it is about.</param>
    /// <param name="messageId">The same for each delivery of one message.</param>
    /// <param name="feedback">Without faults.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LedgerUnavailableException">The database is away.</exception>
    public Task<FeedbackState> AddAsync(string tenant, string messageId, SubmitFeedback feedback, CancellationToken cancellationToken) =>
        database.ChangeAsync(
            async (connection, transaction) =>
            {
                var now = SqliteDatabase.Time(time.GetUtcNow());
                var parameters = new
                {
                    tenant = StoredText.Clean(tenant),
                    requestId = StoredText.Clean(feedback.RequestId),
                    run = 0,
                    source = StoredText.Clean(feedback.Source ?? FeedbackRules.DefaultSource),
                    now,
                    messageId = StoredText.Clean(messageId),
                    verdict = feedback.Verdict,
                    score = feedback.Score,
                    comment = StoredText.Clean(feedback.Comment),
                    repeatedSince = now - RepeatWindow,
                };
                if (await FindNewestRunAsync(connection, transaction, parameters, cancellationToken) is not { } newest)
                    return FeedbackState.UnknownRequest;
                if (feedback.Run > newest)
                    return FeedbackState.UnknownRun;

                var rows = await connection.ExecuteAsync(new CommandDefinition(
                    """
                    INSERT INTO feedback (tenant, request_id, run, source, given_at, message_id, verdict, score, comment)
                    SELECT @tenant, @requestId, @run, @source, @now, @messageId, @verdict, @score, @comment
                    WHERE NOT EXISTS (
                        SELECT 1 FROM feedback
                        WHERE tenant = @tenant AND request_id = @requestId AND message_id = @messageId AND given_at >= @repeatedSince)
                    ON CONFLICT DO NOTHING
                    """,
                    parameters with { run = feedback.Run ?? newest },
                    transaction,
                    cancellationToken: cancellationToken));
                return rows > 0 ? FeedbackState.Stored : FeedbackState.Repeated;
            },
            cancellationToken);

    /// <summary>Claims are asked first: they are one probe of one index, and keep all that is young. What was pruned there still has its facts.</summary>
    private async Task<int?> FindNewestRunAsync(
        DbConnection connection, DbTransaction transaction, object key, CancellationToken cancellationToken)
    {
        // Locked, so that two copies of a message that come at once take turns.
        return await RunAsync($"SELECT run FROM claims WHERE tenant = @tenant AND request_id = @requestId {database.ForUpdate}")
            ?? await RunAsync("SELECT max(run) FROM requests WHERE tenant = @tenant AND request_id = @requestId");

        Task<int?> RunAsync(string sql) =>
            connection.ExecuteScalarAsync<int?>(new CommandDefinition(sql, key, transaction, cancellationToken: cancellationToken));
    }
}
