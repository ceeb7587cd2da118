namespace LlmBroker.Ledger;

/// <summary>Another transaction changed a claim between the read and the write; nothing was committed, and it is decided anew.</summary>
internal sealed class ClaimChangedException() : Exception("A claim was changed by another transaction.");
