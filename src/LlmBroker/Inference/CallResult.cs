using LlmBroker.Ledger;
using LlmBroker.Providers;

namespace LlmBroker.Inference;

/// <summary>What the pipeline gives back: the vendor's answer or failure, or the word that there must be no call: the ledger's or an operator's.</summary>
internal sealed record CallResult(ProviderResult? Answer, StartResult? Refused = null, Halt? Halt = null)
{
    /// <summary>True when another try may help.</summary>
    public bool IsTransient => Answer?.Error is { } error && (ProviderErrors.IsTransient(error) || Answer.OtherKeyReady);

    /// <summary>True when it says how the vendor does: a call was made, and nobody broke it off.</summary>
    public bool TellsOfVendor => Answer is { Error: not ProviderError.Aborted };

    /// <summary>True when the vendor is in trouble, and not one of several keys.</summary>
    public bool IsVendorsFault => Answer is { Error: { } error, OtherKeyReady: false } && ProviderErrors.IsTransient(error);
}
