using LlmBroker.DeadLetters;

namespace LlmBroker.Ledger;

/// <summary>The rows that the operations of one commit write. Facts that exist already are left as they are.</summary>
internal sealed class LedgerChanges
{
    /// <summary>Claims of requests that were not known. Someone else may insert the same one at the same time.</summary>
    public List<Claim> NewClaims { get; } = [];

    public List<Claim> ChangedClaims { get; } = [];
    public List<RequestFact> Requests { get; } = [];
    public List<AttemptStart> Attempts { get; } = [];
    public List<AttemptEnd> AttemptEnds { get; } = [];
    public List<OutcomeFact> Outcomes { get; } = [];

    /// <summary>What is kept of requests: bodies, features.</summary>
    public List<PayloadFact> RequestBodies { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    /// <summary>Finished claims whose reply and stored body are not kept any longer.</summary>
    public List<Claim> DroppedPayloads { get; } = [];
}

/// <summary>A row of <c>requests</c>.</summary>
internal readonly record struct RequestFact(Acceptance Acceptance, bool Refused);

/// <summary>A row of <c>payloads</c>.</summary>
internal readonly record struct PayloadFact(RunKey Key, PayloadKind Kind, DateTimeOffset CreatedAt, byte[] Body)
{
    public static PayloadFact Of(OutcomeFact fact) => new(fact.Key, PayloadKind.Reply, fact.Outcome.SettledAt, fact.Outcome.Reply);
}

/// <summary>A row of <c>outcomes</c> with its row of <c>payloads</c>; attempts and cost are over all runs.</summary>
internal readonly record struct OutcomeFact(RunKey Key, Outcome Outcome, int Attempts, decimal? CostUsd);
