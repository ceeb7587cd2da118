using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

/// <summary>An outcome that is on record.</summary>
/// <param name="Run">The run that it ended.</param>
/// <param name="Failure">Null: completed.</param>
/// <param name="ReplyId">The stable message id of the reply.</param>
/// <param name="Reply">The reply as it goes over the wire; null when it is no longer kept.</param>
/// <param name="SettledAt">When it was settled.</param>
internal sealed record RecordedOutcome(int Run, FailureReason? Failure, Guid ReplyId, byte[]? Reply, DateTimeOffset SettledAt)
{
    /// <summary>Addresses that wait for it, as far as the ledger knows.</summary>
    public IReadOnlyList<ReplyAddress> Askers { get; init; } = [];

    public static RecordedOutcome Of(Outcome outcome, int run) => new(run, outcome.Failure, outcome.ReplyId, outcome.Reply, outcome.SettledAt);
}
