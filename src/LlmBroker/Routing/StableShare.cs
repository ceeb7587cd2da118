using System.Runtime.InteropServices;

namespace LlmBroker.Routing;

/// <summary>
/// A number from 0 to below 1 that depends on nothing but the words, in every process and version: so a request that comes twice is
/// decided the same way twice. FNV-1a over the characters, finished by the mixer of MurmurHash3.
/// </summary>
internal static class StableShare
{
    public static double Of(string purpose, string id)
    {
        var hash = Mix(Add(Add(Add(14695981039346656037, purpose), "\0"), id));
        return (hash >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Add(ulong hash, string text)
    {
        foreach (var value in MemoryMarshal.AsBytes(text.AsSpan()))
            hash = (hash ^ value) * 1099511628211;
        return hash;
    }

    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }
}
