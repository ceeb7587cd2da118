using System.Data.Common;
using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>Reads what <see cref="LedgerCommit"/> and the queries load; both databases give the same columns.</summary>
internal static class ClaimRow
{
    /// <summary>
    /// A cancellation may have come before its request was accepted. Read with the claim, it is found whichever was committed first;
    /// the first <c>EXISTS</c> is asked once a statement and mostly says that there is none.
    /// </summary>
    private const string IsCancelled = """
        c.cancel_requested OR (EXISTS (SELECT 1 FROM cancellations) AND (
            EXISTS (
                SELECT 1 FROM cancellations k
                WHERE k.tenant = c.tenant AND k.kind = 'request' AND k.id = c.request_id AND c.accepted_at BETWEEN k.since AND k.until)
            OR EXISTS (
                SELECT 1 FROM cancellations k
                WHERE k.tenant = c.tenant AND k.kind = 'group' AND k.id = c.group_id AND c.accepted_at BETWEEN k.since AND k.until)))
        """;

    public const string Columns = $"""
        c.tenant, c.request_id, c.run, c.body_hash, c.state, c.lane, c.deployment, c.claim_id, c.worker_id, c.open_attempt_id,
        c.attempts, c.attempts_total, c.spent_usd, c.unpriced_attempts, c.ambiguous, {IsCancelled},
        CAST(c.reply_to AS text), CAST(c.also_reply_to AS text), c.reason, c.group_id, c.accepted_at, c.finished_at, c.failure, c.reply_id
        """;

    public const int ColumnCount = 24;

    public static Claim Read(DbDataReader row) => new()
    {
        Key = new ClaimKey(row.GetString(0), row.GetString(1)),
        Run = row.GetInt32(2),
        BodyHash = row.GetFieldValue<byte[]>(3),
        State = (ClaimState)row.GetInt16(4),
        Lane = row.Text(5),
        Deployment = row.Text(6),
        ClaimId = row.Value<Guid>(7),
        WorkerId = row.Value<Guid>(8),
        OpenAttemptId = row.Value<Guid>(9),
        Attempts = row.GetInt32(10),
        AttemptsTotal = row.GetInt32(11),
        SpentUsd = row.GetDecimal(12),
        UnpricedAttempts = row.GetInt32(13),
        Ambiguous = row.GetBoolean(14),
        CancelRequested = row.GetBoolean(15),
        ReplyTo = row.Text(16) is { } address ? JsonSerializer.Deserialize(address, LedgerJson.Default.ReplyAddress) : null,
        AlsoReplyTo = row.Text(17) is { } addresses
            ? JsonSerializer.Deserialize(addresses, LedgerJson.Default.IReadOnlyListReplyAddress)!
            : [],
        Reason = row.Text(18),
        GroupId = row.Text(19),
        AcceptedAt = row.GetFieldValue<DateTimeOffset>(20),
        FinishedAt = row.Value<DateTimeOffset>(21),
        Failure = row.Text(22) is { } failure ? ReadFailure(failure) : null,
        ReplyId = row.Value<Guid>(23),
    };

    /// <summary>A reason that a newer broker wrote is <see cref="FailureReason.Unknown"/>.</summary>
    public static FailureReason ReadFailure(string name) => Enum.TryParse<FailureReason>(name, out var reason) ? reason : FailureReason.Unknown;

    public static string? WriteAddress(ReplyAddress? address) =>
        address is null ? null : StoredText.CleanJson(JsonSerializer.Serialize(address, LedgerJson.Default.ReplyAddress));

    public static string? WriteAddresses(IReadOnlyList<ReplyAddress> addresses) =>
        addresses.Count == 0 ? null : StoredText.CleanJson(JsonSerializer.Serialize(addresses, LedgerJson.Default.IReadOnlyListReplyAddress));
}
