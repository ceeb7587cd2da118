namespace LlmBroker.Ledger;

/// <summary>What an attempt is for, where it is not to answer the request.</summary>
internal static class AttemptPurpose
{
    /// <summary>To say how good an answer is.</summary>
    public const string Judge = "judge";
}
