namespace LlmBroker.DeadLetters;

/// <summary>What became of one letter in a redrive.</summary>
/// <param name="Id">The letter.</param>
/// <param name="State">Redriven and sent, or why not.</param>
/// <param name="Run">The run that was opened.</param>
/// <param name="Source">Where a message without a run went.</param>
/// <param name="Fault">Why it is invalid.</param>
internal sealed record RedriveStep(Guid Id, RedriveState State, int? Run = null, string? Source = null, string? Fault = null);

/// <summary>What became of a redrive.</summary>
/// <param name="Preview">What was found before anything was sent.</param>
/// <param name="IsRefused">Nothing was sent, for the faults of the preview.</param>
/// <param name="Counts">Letters by what became of them.</param>
internal sealed record RedriveReport(RedrivePreview Preview, bool IsRefused, IReadOnlyDictionary<RedriveState, long> Counts)
{
    public long Sent => Counts.GetValueOrDefault(RedriveState.Redriven);

    public long Left => Counts.Values.Sum() - Sent;
}
