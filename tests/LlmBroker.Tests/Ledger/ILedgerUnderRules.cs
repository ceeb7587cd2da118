using LlmBroker.Ledger;

namespace LlmBroker.Tests.Ledger;

/// <summary>A ledger that random operations of one request are tried on: in memory, or the real one in SQLite.</summary>
internal interface ILedgerUnderRules
{
    DateTimeOffset Now { get; set; }

    Task<TResult> CommitAsync<TResult>(LedgerOperation<TResult> operation);

    /// <summary>A sign of life, or the end of the lease.</summary>
    Task RenewLeaseAsync(Guid workerId, bool isAlive);

    Task CancelAsync();

    /// <summary>Opens the next run where the last one failed; false where it may not.</summary>
    Task<bool> RedriveAsync();

    Task<LedgerFacts> ReadAsync(RunKey key);
}

/// <summary>Everything on record of one request; <see cref="Outcomes"/> has the run of each outcome.</summary>
internal sealed record LedgerFacts(Claim? Claim, IReadOnlyList<RecordedAttempt> Attempts, IReadOnlyList<int> Outcomes)
{
    /// <summary>To compare what was on record before and after a repeat.</summary>
    public string Fingerprint() => string.Join('\n', [
        $"{Claim! with { BodyHash = [], AlsoReplyTo = [] }} {string.Join(',', Claim!.AlsoReplyTo)}",
        .. Attempts.OrderBy(attempt => attempt.AttemptId).Select(
            attempt => $"{attempt.AttemptId} {attempt.Run} {string.Join(',', attempt.Ends.OrderBy(end => end.Status).ThenBy(end => end.CostUsd))}"),
        string.Join(',', Outcomes.Order())]);
}
