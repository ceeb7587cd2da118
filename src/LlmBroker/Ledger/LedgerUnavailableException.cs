namespace LlmBroker.Ledger;

/// <summary>The ledger's database cannot be reached; what was asked may or may not have been committed and can be asked again.</summary>
internal sealed class LedgerUnavailableException(string message, Exception innerException) : Exception(message, innerException);
