using System.Buffers.Binary;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Learning;

/// <summary>
/// A prompt as the routing models see it, written down for later training: numbers of hashed words, in ascending order, the shape and the form, so
/// that any model's prediction can be made again. The text cannot be read out of it, though who guesses a word can check the guess.
/// </summary>
/// <param name="Body">Hashed words, 0 to <see cref="PromptHasher.Buckets"/> less one, each once.</param>
/// <param name="Edge">Those of the prompt's edges, none of which is in <paramref name="Body"/>.</param>
/// <param name="Shape"><see cref="PromptShape.Count"/> numbers.</param>
/// <param name="Form"><see cref="GainShape.Count"/> numbers.</param>
internal sealed record StoredFeatures(int[] Body, int[] Edge, float[] Shape, float[] Form)
{
    /// <summary>1 had no form.</summary>
    private const byte Format = 2;

    /// <summary>
    /// What a fixed text hashes to: features of a version that hashes otherwise are told apart from those of this one, without anybody having
    /// to remember it.
    /// </summary>
    private static readonly Lazy<uint> Fingerprint = new(Measure);

    /// <summary>What the scratch holds of a prompt.</summary>
    public static byte[] Encode(PredictionScratch scratch) => Encode(scratch, Fingerprint.Value);

    /// <returns>Null when another version wrote it, whose features mean something else.</returns>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static StoredFeatures? TryDecode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 5)
            throw new InvalidDataException($"Stored features have {bytes.Length} bytes, which is too few.");
        if (bytes[0] != Format || BinaryPrimitives.ReadUInt32LittleEndian(bytes[1..]) != Fingerprint.Value)
            return null;

        bytes = bytes[5..];
        var (body, edge) = (ReadBuckets(ref bytes), ReadBuckets(ref bytes));
        return new StoredFeatures(body, edge, ReadFloats(ref bytes, PromptShape.Count), ReadFloats(ref bytes, GainShape.Count));
    }

    /// <summary>Fills in what a prediction is made of.</summary>
    public void CopyTo(PredictionScratch scratch) => scratch.Fill(Body, Edge, Shape, Form);

    private static byte[] Encode(PredictionScratch scratch, uint fingerprint)
    {
        var output = new List<byte>(5 + (2 * (scratch.Body.Length + scratch.Edge.Length)) + 64) { Format };
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(word, fingerprint);
        output.AddRange(word);
        WriteBuckets(scratch.Body, output);
        WriteBuckets(scratch.Edge, output);

        WriteFloats(scratch.Shape, output);
        WriteFloats(scratch.Form, output);
        return [.. output];
    }

    /// <summary>How many are not 0, and then the place and the value of each.</summary>
    private static void WriteFloats(float[] values, List<byte> output)
    {
        Span<byte> word = stackalloc byte[4];
        WriteNumber(values.Count(value => value != 0), output);
        foreach (var (number, value) in values.Index())
        {
            if (value == 0)
                continue;
            WriteNumber(number, output);
            BinaryPrimitives.WriteSingleLittleEndian(word, value);
            output.AddRange(word);
        }
    }

    private static float[] ReadFloats(ref ReadOnlySpan<byte> bytes, int count)
    {
        var values = new float[count];
        for (var left = ReadNumber(ref bytes); left > 0; left--)
        {
            var number = ReadNumber(ref bytes);
            if (number >= values.Length || bytes.Length < 4)
                throw new InvalidDataException("Stored features end in the middle of their numbers.");
            values[number] = BinaryPrimitives.ReadSingleLittleEndian(bytes);
            if (!float.IsFinite(values[number]))
                throw new InvalidDataException($"Stored features hold {values[number]}.");
            bytes = bytes[4..];
        }

        return values;
    }

    /// <summary>How many, and then by how much each is greater than the one before.</summary>
    private static void WriteBuckets(ReadOnlySpan<int> buckets, List<byte> output)
    {
        var sorted = buckets.ToArray();
        Array.Sort(sorted);
        WriteNumber(sorted.Length, output);
        var last = 0;
        foreach (var bucket in sorted)
        {
            WriteNumber(bucket - last, output);
            last = bucket;
        }
    }

    private static int[] ReadBuckets(ref ReadOnlySpan<byte> bytes)
    {
        var count = ReadNumber(ref bytes);
        // Each takes a byte at least: so a damaged count asks for no more memory than there is input. No prompt has more than a scratch holds.
        if (count > bytes.Length || count > PredictionScratch.Capacity)
            throw new InvalidDataException("Stored features have fewer words than they say.");

        var buckets = new int[count];
        var last = 0;
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] = last += ReadNumber(ref bytes);
            if (last is < 0 or >= PromptHasher.Buckets)
                throw new InvalidDataException($"Stored features name word {last}; there are {PromptHasher.Buckets}.");
        }

        return buckets;
    }

    /// <summary>Seven bits a byte, the lowest first.</summary>
    private static void WriteNumber(int number, List<byte> output)
    {
        for (; number >= 0x80; number >>= 7)
            output.Add((byte)(number | 0x80));
        output.Add((byte)number);
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> bytes)
    {
        var number = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            if (bytes.IsEmpty)
                throw new InvalidDataException("Stored features end in the middle of a number.");
            var value = bytes[0];
            bytes = bytes[1..];
            number |= (value & 0x7F) << shift;
            if (value < 0x80)
                return number;
        }

        throw new InvalidDataException("Stored features hold a number that is too large.");
    }

    private static uint Measure()
    {
        // Not the thread's own, which the caller may be using.
        var scratch = new PredictionScratch();
        scratch.Read(new ClassifierInput("You are careful.", "Translate into French: \"Good morning, 42 people!\"\n把下面的句子翻译成英文。", 1), new CueTaskClassifier());
        var hash = 2166136261u;
        foreach (var value in Encode(scratch, fingerprint: 0))
            hash = (hash ^ value) * 16777619;
        return hash;
    }
}
