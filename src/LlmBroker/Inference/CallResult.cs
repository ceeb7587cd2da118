using LlmBroker.Ledger;
using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>What the pipeline gives back: the vendor's answer or failure, or the word that there must be no call: the ledger's or an operator's.</summary>
internal sealed record CallResult(ProviderResult? Answer, StartResult? Refused = null, Halt? Halt = null)
{
    /// <summary>True when there was no call, so that nothing was learnt of the vendor.</summary>
    public bool IsWithoutCall => Answer is null;

    /// <summary>True when another try may help.</summary>
    public bool IsTransient => Answer?.Error is { } error && (ProviderErrors.IsTransient(error) || Answer.OtherKeyReady);

    /// <summary>True when the vendor is in trouble, and not one of several keys.</summary>
    public bool IsVendorsFault => Answer is { Error: { } error, OtherKeyReady: false } && ProviderErrors.IsTransient(error);
}
