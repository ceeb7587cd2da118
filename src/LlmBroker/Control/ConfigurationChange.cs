namespace LlmBroker.Control;

/// <summary>A row of the audit: what an operator did to one member.</summary>
/// <param name="Revision">Of the whole change, which may touch several members.</param>
/// <param name="Path">The member.</param>
/// <param name="Before">Its value as JSON that was in effect; null: it was not there.</param>
/// <param name="After">What it was set to; null: the override was taken back.</param>
/// <param name="ChangedBy">Who.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="ChangedAt">When.</param>
internal sealed record ConfigurationChange(
    long Revision, string Path, string? Before, string? After, string ChangedBy, string? Reason, DateTimeOffset ChangedAt);
