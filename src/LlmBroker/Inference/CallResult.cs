using LlmBroker.Ledger;
using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>What the pipeline gives back: the vendor's answer or failure, or the ledger's word that there must be no call.</summary>
internal sealed record CallResult(ProviderResult? Answer, StartResult? Refused = null)
{
    /// <summary>True when another try may help.</summary>
    public bool IsTransient => Answer?.Error is { } error && ProviderErrors.IsTransient(error);
}
