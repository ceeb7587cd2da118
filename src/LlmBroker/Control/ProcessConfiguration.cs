namespace LlmBroker.Control;

/// <summary>Which configuration a process works with.</summary>
/// <param name="WorkerId">The process, as the ledger knows it.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Roles">What it does.</param>
/// <param name="Source">Its file.</param>
/// <param name="Revision">Of the operators' changes that it follows.</param>
/// <param name="Refused">The newest revision when it could not use that, or its file, as it is now; null: it follows.</param>
/// <param name="Faults">Why not.</param>
/// <param name="ChangedAt">Since when this is so.</param>
internal sealed record ProcessConfiguration(
    Guid WorkerId, string Host, string Roles, string Source, long Revision, long? Refused, IReadOnlyList<string> Faults, DateTimeOffset ChangedAt);
