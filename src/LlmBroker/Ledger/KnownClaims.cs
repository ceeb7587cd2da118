using System.Diagnostics.CodeAnalysis;
using NpgsqlTypes;

namespace LlmBroker.Ledger;

/// <summary>
/// The claims that this process wrote last, so that the next step of a request need not read what its step before wrote. Nothing is decided on
/// them that is not also written, and the write holds only if the row is still that version. Bounded; what is pushed out is read again.
/// </summary>
internal sealed class KnownClaims
{
    /// <summary>Of the younger half; about 1 KB each.</summary>
    private const int Half = 4096;

    private readonly Lock gate = new();
    private Dictionary<ClaimKey, KnownClaim> young = [];
    private Dictionary<ClaimKey, KnownClaim> old = [];

    /// <summary>Finds it and forgets it: whatever becomes of the transaction, this version is not to be used twice.</summary>
    public bool TryTake(ClaimKey key, [NotNullWhen(true)] out KnownClaim? known)
    {
        lock (gate)
            return young.Remove(key, out known) || old.Remove(key, out known);
    }

    public void Remember(KnownClaim known)
    {
        lock (gate)
        {
            if (young.Count >= Half)
                (old, young) = (young, []);
            young[known.Claim.Key] = known;
            old.Remove(known.Claim.Key);
        }
    }

    public void Forget(ClaimKey key) => TryTake(key, out _);
}

/// <summary>A claim and the version of its row: <c>xmin</c>, and <c>ctid</c> to find it by.</summary>
internal sealed record KnownClaim(Claim Claim, uint Version, NpgsqlTid Place);
