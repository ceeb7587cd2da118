namespace LlmBroker.Ledger;

/// <summary>The idempotency key, as it is written in the database.</summary>
internal readonly record struct ClaimKey(string Tenant, string RequestId)
{
    public static ClaimKey Of(RunKey key) => new(StoredText.Clean(key.Tenant), StoredText.Clean(key.RequestId));
}
