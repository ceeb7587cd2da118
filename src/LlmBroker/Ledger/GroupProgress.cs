namespace LlmBroker.Ledger;

/// <summary>Requests of a group by state, and what they cost so far; a lower bound when attempts have no known price.</summary>
internal sealed record GroupProgress(
    long Accepted, long Running, long Waiting, long Completed, long Failed, decimal SpentUsd, long UnpricedAttempts);
