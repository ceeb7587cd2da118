using LlmBroker.Ledger;
using LlmBroker.Simulation.CallLog;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>All that is known of a run when it is over: of the producer, the ledger and the vendor.</summary>
internal sealed record ChaosFacts
{
    public required IReadOnlyDictionary<string, ChaosRequest> Requests { get; init; }
    public required IReadOnlyList<SentMessage> Sent { get; init; }
    public required IReadOnlyList<ReceivedReply> Replies { get; init; }
    public required IReadOnlyList<VendorCall> Calls { get; init; }
    public IReadOnlyList<ServerReturn> Returns { get; init; } = [];
    public required IReadOnlyList<LedgerClaim> Claims { get; init; }
    public required IReadOnlyList<LedgerAttempt> Attempts { get; init; }
    public required IReadOnlyList<LedgerEnd> Ends { get; init; }
    public required IReadOnlyList<LedgerOutcome> Outcomes { get; init; }
    public required IReadOnlyList<LedgerLetter> Letters { get; init; }
}

/// <summary>A row of <c>claims</c>; <see cref="SpentUsd"/> is null when something in it is unknown.</summary>
internal sealed record LedgerClaim(string RequestId, int Run, ClaimState State, decimal? SpentUsd);

/// <summary>A row of <c>attempts</c>.</summary>
internal sealed record LedgerAttempt(
    string RequestId, int Run, Guid AttemptId, Guid ClaimId, string Model, DateTimeOffset StartedAt, decimal? EstimatedCostUsd);

/// <summary>A row of <c>attempt_ends</c>.</summary>
internal sealed record LedgerEnd(Guid AttemptId, AttemptStatus Status, string? Error, decimal? CostUsd);

/// <summary>A row of <c>outcomes</c>.</summary>
internal sealed record LedgerOutcome(string RequestId, int Run, string? Failure, Guid ReplyId, DateTimeOffset SettledAt);

/// <summary>A row of <c>dead_letters</c>.</summary>
internal sealed record LedgerLetter(Guid Id, string? RequestId, int Run, string Reason);
