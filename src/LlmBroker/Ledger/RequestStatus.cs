using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>Everything about one request, for a person.</summary>
/// <param name="Claim">State, run, counters, cost, why it waits.</param>
/// <param name="Route">How the router decided the run; null when that record is gone.</param>
/// <param name="Attempts">Of all runs, oldest first.</param>
/// <param name="Message">The failure's message, when it failed.</param>
internal sealed record RequestStatus(Claim Claim, RecordedRoute? Route, IReadOnlyList<AttemptReport> Attempts, string? Message);

internal sealed record RecordedRoute(
    string Operation,
    DateTimeOffset Deadline,
    string? Task,
    string? Policy,
    string? Model,
    string? Tier,
    string? Deployment,
    string? Reason,
    string? TraceId);

/// <summary>An attempt with the end that counts; <see cref="Status"/> is null while it runs.</summary>
internal sealed record AttemptReport
{
    public required Guid AttemptId { get; init; }
    public required int Run { get; init; }
    public required string Deployment { get; init; }
    public required string Model { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public decimal? EstimatedCostUsd { get; init; }
    public AttemptStatus? Status { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? Error { get; init; }
    public int? HttpStatus { get; init; }
    public string? VendorRequestId { get; init; }
    public string? FinishReason { get; init; }
    public TokenUsage? Usage { get; init; }
    public decimal? CostUsd { get; init; }

    /// <summary>Null: to answer the request; else one of <see cref="AttemptPurpose"/>.</summary>
    public string? Purpose { get; init; }

    /// <summary>What the answer was found to be worth; null when nobody looked.</summary>
    public string? Verdict { get; init; }
}
