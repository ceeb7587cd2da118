using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace LlmBroker.Routing.Prediction;

/// <summary>
/// A linear model over hashed words and the prompt's shape: for each feature a row of small whole numbers, one for each task and each head of
/// the gain. Immutable; a prediction allocates nothing.
/// </summary>
internal sealed class RoutingModel
{
    public const int Tasks = (int)TaskKind.ChatBrainstorm;

    /// <summary>Columns of a row: the tasks, and room up to one vector.</summary>
    public const int Columns = 16;

    private const uint Magic = 0x524D4C4C; // "LLMR"

    /// <summary>Of a model without a correction: what versions before there were any read as well.</summary>
    private const int PlainFormat = 2;

    /// <summary>Of a model with a correction.</summary>
    private const int CorrectedFormat = 3;

    /// <summary>Where the words of <see cref="Correction"/> are.</summary>
    private const int CorrectionColumn = Tasks + GainHeads.Count;

    private const int LargestCard = 16 * 1024 * 1024;

    private readonly sbyte[] words;
    private readonly float[] shape;
    private readonly float wordUnit;
    private readonly float sharpness;

    /// <param name="card">What it is.</param>
    /// <param name="words"><see cref="PromptHasher.Buckets"/> rows of <see cref="Columns"/>, in units of <paramref name="wordUnit"/>.</param>
    /// <param name="wordUnit">What 1 stands for in <paramref name="words"/>.</param>
    /// <param name="shape"><see cref="PromptShape.Count"/> rows of <see cref="Tasks"/>.</param>
    /// <param name="gain">What it knows of the gain beside its words.</param>
    /// <param name="sharpness">By which scores are multiplied, so that probabilities are as often right as they say.</param>
    /// <param name="correction">What a ledger taught it of the gain; null: nothing yet.</param>
    public RoutingModel(RoutingModelCard card, sbyte[] words, float wordUnit, float[] shape, GainHeads gain, float sharpness, GainCorrection? correction = null)
    {
        if (words.Length != PromptHasher.Buckets * Columns || shape.Length != PromptShape.Count * Tasks)
            throw new ArgumentException($"A model has {PromptHasher.Buckets} × {Columns} and {PromptShape.Count} × {Tasks} weights, not {words.Length} and {shape.Length}.");

        (Card, this.words, this.wordUnit, this.shape, Gain, this.sharpness, Correction) = (card, words, wordUnit, shape, gain, sharpness, correction);
    }

    public RoutingModelCard Card { get; }

    public GainHeads Gain { get; }

    /// <summary>Null: nothing was learnt from a ledger.</summary>
    public GainCorrection? Correction { get; }

    public float Sharpness => sharpness;

    /// <exception cref="InvalidDataException">It is no model, or one of another format.</exception>
    public static RoutingModel Read(Stream stream)
    {
        try
        {
            Span<byte> head = stackalloc byte[12];
            stream.ReadExactly(head);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic)
                throw new InvalidDataException("This is no routing model.");
            var format = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
            if (format is not (PlainFormat or CorrectedFormat))
                throw new InvalidDataException($"The routing model has format {format}, this version reads {PlainFormat} and {CorrectedFormat}; train it anew.");
            var cardLength = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
            if (cardLength is < 0 or > LargestCard)
                throw new InvalidDataException($"The routing model is damaged: its card is said to have {cardLength} bytes.");

            var card = new byte[cardLength];
            stream.ReadExactly(card);
            using var weights = new BrotliStream(stream, CompressionMode.Decompress, leaveOpen: true);
            Span<byte> scales = stackalloc byte[12];
            weights.ReadExactly(scales);
            var shape = new float[PromptShape.Count * Tasks];
            weights.ReadExactly(MemoryMarshal.AsBytes(shape.AsSpan()));
            var gain = new GainHeads(
                new float[GainShape.Count * GainHeads.Count],
                new float[GainHeads.TaskRows * GainHeads.Count],
                BinaryPrimitives.ReadSingleLittleEndian(scales[8..]),
                new float[GainHeads.QuantileCount]);
            foreach (var part in (float[][])[gain.Form, gain.Tasks, gain.Quantiles])
                weights.ReadExactly(MemoryMarshal.AsBytes(part.AsSpan()));
            var correction = new float[format == CorrectedFormat ? GainCorrection.Count : 0];
            weights.ReadExactly(MemoryMarshal.AsBytes(correction.AsSpan()));
            var words = new sbyte[PromptHasher.Buckets * Columns];
            weights.ReadExactly(MemoryMarshal.AsBytes(words.AsSpan()));
            return new RoutingModel(
                JsonSerializer.Deserialize(card, RoutingModelCardJson.Default.RoutingModelCard) ?? throw new InvalidDataException("The routing model has no card."),
                words,
                BinaryPrimitives.ReadSingleLittleEndian(scales),
                shape,
                gain,
                BinaryPrimitives.ReadSingleLittleEndian(scales[4..]),
                correction.Length == 0 ? null : GainCorrection.Of(correction));
        }
        catch (Exception exception) when (exception is EndOfStreamException or JsonException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"The routing model is damaged: {exception.Message}", exception);
        }
    }

    public static RoutingModel LoadEmbedded()
    {
        using var stream = OpenEmbedded();
        return Read(stream);
    }

    /// <summary>The file that comes with this version.</summary>
    public static Stream OpenEmbedded() => typeof(RoutingModel).Assembly.GetManifestResourceStream("routing.model")
        ?? throw new InvalidOperationException("The routing model is missing from the assembly.");

    public void Write(Stream stream)
    {
        var card = JsonSerializer.SerializeToUtf8Bytes(Card, RoutingModelCardJson.Default.RoutingModelCard);
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], Correction is null ? PlainFormat : CorrectedFormat);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], card.Length);
        stream.Write(head);
        stream.Write(card);
        using var weights = new BrotliStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
        Span<byte> scales = stackalloc byte[12];
        BinaryPrimitives.WriteSingleLittleEndian(scales, wordUnit);
        BinaryPrimitives.WriteSingleLittleEndian(scales[4..], sharpness);
        BinaryPrimitives.WriteSingleLittleEndian(scales[8..], Gain.WordUnit);
        weights.Write(scales);
        weights.Write(MemoryMarshal.AsBytes(shape.AsSpan()));
        foreach (var part in (float[][])[Gain.Form, Gain.Tasks, Gain.Quantiles, Correction?.ToNumbers() ?? []])
            weights.Write(MemoryMarshal.AsBytes(part.AsSpan()));
        weights.Write(MemoryMarshal.AsBytes(words.AsSpan()));
    }

    /// <summary>The same weights with another sharpness and card.</summary>
    public RoutingModel With(RoutingModelCard card, float newSharpness) => new(card, words, wordUnit, shape, Gain, newSharpness, Correction);

    /// <summary>The same, knowing of the gain: with these heads, and their words in the columns behind those of the tasks.</summary>
    public RoutingModel With(GainHeads gain, float[] headWords)
    {
        var rows = (sbyte[])words.Clone();
        for (var feature = 0; feature < PromptHasher.Buckets; feature++)
        {
            for (var head = 0; head < GainHeads.Count; head++)
                rows[(feature * Columns) + Tasks + head] = (sbyte)MathF.Round(headWords[(feature * GainHeads.Count) + head] / gain.WordUnit);
        }

        return new RoutingModel(Card, rows, wordUnit, shape, gain, sharpness, Correction);
    }

    /// <summary>The same with another correction in place of its own.</summary>
    /// <param name="correction">What was learnt.</param>
    /// <param name="correctionWords">Log-odds for each of the <see cref="PromptHasher.Buckets"/> words, before <see cref="GainCorrection.WordWeight"/>; rounded to its unit.</param>
    public RoutingModel With(GainCorrection correction, float[] correctionWords)
    {
        var rows = (sbyte[])words.Clone();
        for (var feature = 0; feature < PromptHasher.Buckets; feature++)
            rows[(feature * Columns) + CorrectionColumn] = (sbyte)Math.Clamp(MathF.Round(correctionWords[feature] / correction.WordUnit), -sbyte.MaxValue, sbyte.MaxValue);
        return new RoutingModel(Card, rows, wordUnit, shape, Gain, sharpness, correction);
    }

    /// <summary>The same with other gains of the reference prompts: <see cref="GainHeads.QuantileCount"/>, the least first.</summary>
    public RoutingModel With(float[] quantiles) => new(Card, words, wordUnit, shape, Gain with { Quantiles = quantiles }, sharpness, Correction);

    /// <summary>What the words weigh in a head of the gain, before <see cref="GroupWeight"/>.</summary>
    public float HeadWeight(int bucket, int head) => words[(bucket * Columns) + Tasks + head] * Gain.WordUnit;

    /// <summary>What a word weighs in the correction, in log-odds, before <see cref="GainCorrection.WordWeight"/>; 0 without a correction.</summary>
    public float CorrectionWeight(int bucket) => Correction is null ? 0 : words[(bucket * Columns) + CorrectionColumn] * Correction.WordUnit;

    /// <summary>Fills in the probability of each task, and what the words say of the gain.</summary>
    /// <param name="scratch">With the prompt's features.</param>
    public void Predict(PredictionScratch scratch)
    {
        Span<int> sums = stackalloc int[Columns];
        var probabilities = scratch.Probabilities.AsSpan();
        probabilities.Clear();
        scratch.Heads.AsSpan().Clear();
        var corrections = Add(scratch.Body, sums, probabilities, scratch.Heads) + Add(scratch.Edge, sums, probabilities, scratch.Heads);
        scratch.CorrectionWords = Correction is null ? 0 : corrections * Correction.WordUnit * GainCorrection.WordWeight(scratch.Body.Length + scratch.Edge.Length);
        for (var number = 0; number < PromptShape.Count; number++)
        {
            if (scratch.Shape[number] is var value && value != 0)
            {
                for (var task = 0; task < Tasks; task++)
                    probabilities[task] += value * shape[(number * Tasks) + task];
            }
        }

        Softmax(probabilities, sharpness);
    }

    /// <summary>The expected gain, 0 to 1, of a prompt that was predicted.</summary>
    /// <param name="scratch">With the prediction.</param>
    /// <param name="task">What the prompt asks for; unknown: as the model sees it.</param>
    public float GainOf(PredictionScratch scratch, TaskKind task)
    {
        Span<float> tasks = stackalloc float[Tasks];
        var gain = UncorrectedGainOf(scratch, task, tasks);
        return Correction is null ? gain : Correction.Predict(gain, scratch.CorrectionWords, tasks);
    }

    /// <summary>The same without the correction: what a new one is learnt on.</summary>
    /// <param name="scratch">With the prediction.</param>
    /// <param name="task">As above.</param>
    /// <param name="tasks">Takes the probability of each task that counted, by its number less one.</param>
    public float UncorrectedGainOf(PredictionScratch scratch, TaskKind task, Span<float> tasks)
    {
        if (task == TaskKind.Unknown || IsLikeliest(task, scratch.Probabilities))
        {
            scratch.Probabilities.CopyTo(tasks);
        }
        else
        {
            tasks.Clear();
            tasks[(int)task - 1] = 1;
        }

        return Gain.Predict(scratch.Heads, scratch.Form, tasks);
    }

    private static bool IsLikeliest(TaskKind task, ReadOnlySpan<float> probabilities)
    {
        foreach (var probability in probabilities)
        {
            if (probability > probabilities[(int)task - 1])
                return false;
        }

        return true;
    }

    /// <summary>What a group of features weighs together does not depend on how many they are.</summary>
    public static float GroupWeight(int features) => 2 / MathF.Sqrt(Math.Max(1, features));

    /// <summary>Makes scores probabilities.</summary>
    public static void Softmax(Span<float> scores, float sharpness)
    {
        var most = float.NegativeInfinity;
        foreach (var score in scores)
            most = Math.Max(most, score);
        var sum = 0f;
        for (var task = 0; task < scores.Length; task++)
            sum += scores[task] = MathF.Exp((scores[task] - most) * sharpness);
        for (var task = 0; task < scores.Length; task++)
            scores[task] /= sum;
    }

    /// <returns>What they come to in the correction, in its units.</returns>
    private int Add(ReadOnlySpan<int> features, Span<int> sums, Span<float> scores, Span<float> heads)
    {
        sums.Clear();
        Sum(features, sums);
        var unit = GroupWeight(features.Length) * wordUnit;
        for (var task = 0; task < Tasks; task++)
            scores[task] += unit * sums[task];
        unit = GroupWeight(features.Length) * Gain.WordUnit;
        for (var head = 0; head < GainHeads.Count; head++)
            heads[head] += unit * sums[Tasks + head];
        return sums[CorrectionColumn];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sum(ReadOnlySpan<int> features, Span<int> sums)
    {
        // So many rows of -128 to 127 fit into 16 bits.
        const int Chunk = 256;
        ref var first = ref MemoryMarshal.GetArrayDataReference(words);
        while (!features.IsEmpty)
        {
            var chunk = features[..Math.Min(Chunk, features.Length)];
            features = features[chunk.Length..];
            var (low, high) = (Vector128<short>.Zero, Vector128<short>.Zero);
            foreach (var feature in chunk)
            {
                var row = Vector128.LoadUnsafe(ref first, (nuint)(feature * Columns));
                low += Vector128.WidenLower(row);
                high += Vector128.WidenUpper(row);
            }

            for (var column = 0; column < Columns / 2; column++)
            {
                sums[column] += low[column];
                sums[column + (Columns / 2)] += high[column];
            }
        }
    }
}
