namespace LlmBroker.Ledger;

/// <summary>What one rule finds too old, or has dropped.</summary>
/// <param name="Name">What it is.</param>
/// <param name="KeptFor">How long it is kept.</param>
/// <param name="Before">Older than this is too old.</param>
/// <param name="Partitions">Whole days, by the names of their tables.</param>
/// <param name="Rows">Rows besides those of <paramref name="Partitions"/>.</param>
internal sealed record RetentionResult(string Name, TimeSpan KeptFor, DateTimeOffset Before, IReadOnlyList<string> Partitions, long Rows);
