namespace LlmBroker.Ledger;

/// <summary>An attempt read back with its ends: none while it runs, two when it was called ambiguous and heard of later.</summary>
internal sealed record RecordedAttempt(
    Guid AttemptId, int Run, Guid ClaimId, DateTimeOffset StartedAt, decimal? EstimatedCostUsd, IReadOnlyList<RecordedEnd> Ends);

internal readonly record struct RecordedEnd(AttemptStatus Status, decimal? CostUsd);
