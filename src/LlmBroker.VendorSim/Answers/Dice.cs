namespace LlmBroker.Simulation.Answers;

/// <summary>Repeatable chance: the same seed, name, stream and ordinal always give the same number, in whatever order they are asked.</summary>
internal sealed class Dice(long seed, string name)
{
    private readonly ulong _origin = Mix((ulong)seed) ^ Hash(name);

    /// <summary>From 0 (included) to 1 (excluded).</summary>
    public double Roll(int stream, long ordinal) => (Draw(stream, ordinal) >> 11) * (1.0 / (1UL << 53));

    public ulong Draw(int stream, long ordinal) => Mix(_origin ^ Mix(((ulong)stream << 48) ^ (ulong)ordinal));

    /// <summary>SplitMix64's finalizer: neighbouring inputs give unrelated outputs.</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>FNV-1a; <see cref="string.GetHashCode()"/> differs from process to process.</summary>
    public static ulong Hash(ReadOnlySpan<char> text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }
}
