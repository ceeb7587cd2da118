using System.Runtime.CompilerServices;

namespace LlmBroker.Routing.Prediction;

/// <summary>What a prediction writes down while it works; one for each thread, so that a prediction allocates nothing.</summary>
internal sealed class PredictionScratch
{
    /// <summary>A token has no more than four features of its own, and at an edge fewer than eight.</summary>
    public const int Capacity = 8 * PromptHasher.WindowLength;

    [ThreadStatic]
    private static PredictionScratch? t_own;

    private readonly ulong[] seen = new ulong[PromptHasher.Buckets / 64];
    private readonly int[] body = new int[Capacity];
    private readonly int[] edge = new int[Capacity];
    // Weak, so that a thread that has nothing to do keeps no prompt of megabytes.
    private readonly WeakReference<string?> lastPrompt = new(null);
    private readonly WeakReference<string?> lastSystem = new(null);
    private readonly WeakReference<RoutingModel?> predictedBy = new(null);
    private bool lastHadSystem;
    private int lastTurns;
    private bool isFilled;
    private int bodyCount;
    private int edgeCount;

    public static PredictionScratch Own => t_own ??= new PredictionScratch();

    public char[] Text { get; } = new char[PromptHasher.WindowLength];

    public Token[] Tokens { get; } = new Token[PromptHasher.WindowLength];

    /// <summary>Each once.</summary>
    public ReadOnlySpan<int> Body => body.AsSpan(0, bodyCount);

    /// <summary>Each once, and none that is in <see cref="Body"/>.</summary>
    public ReadOnlySpan<int> Edge => edge.AsSpan(0, edgeCount);

    public void AddBody(uint hash) => Add(hash, body, ref bodyCount);

    public void AddEdge(uint hash) => Add(hash, edge, ref edgeCount);

    /// <summary>The prompt's shape.</summary>
    public float[] Shape { get; } = new float[PromptShape.Count];

    /// <summary>The prompt's form.</summary>
    public float[] Form { get; } = new float[GainShape.Count];

    /// <summary>The probability of each task, by its number less one.</summary>
    public float[] Probabilities { get; } = new float[RoutingModel.Tasks];

    /// <summary>What the words say of the gain, by head.</summary>
    public float[] Heads { get; } = new float[GainHeads.Count];

    /// <summary>What the words say in the correction, in log-odds; 0 without one.</summary>
    public float CorrectionWords { get; set; }

    /// <summary>What the cues alone say.</summary>
    public TaskPrediction Cue { get; private set; }

    /// <summary>What a model makes of a request, on the thread's own scratch.</summary>
    public static PredictionScratch Predict(in ClassifierInput input, RoutingModel model, CueTaskClassifier cues)
    {
        var scratch = Own;
        scratch.Read(input, cues);
        if (!scratch.predictedBy.TryGetTarget(out var by) || !ReferenceEquals(by, model))
        {
            model.Predict(scratch);
            scratch.predictedBy.SetTarget(model);
        }

        return scratch;
    }

    /// <summary>
    /// Fills in what a prediction is made of. The task and the gain of a request are asked for one after the other: what was read for the one
    /// serves the other.
    /// </summary>
    public void Read(in ClassifierInput input, CueTaskClassifier cues)
    {
        if (Holds(input))
            return;

        Clear();
        Span<float> scores = stackalloc float[RoutingModel.Tasks + 1];
        Cue = cues.Weigh(input, scores, out var features);
        PromptShape.Read(input.Prompt, features, scores, Shape);
        GainShape.Read(input.Prompt, Form);
        var length = PromptHasher.Window(input, Text);
        PromptHasher.Hash(Text.AsSpan(0, length), this);
        Remember(input);
    }

    /// <summary>Takes what was read of a prompt before, in place of reading it.</summary>
    /// <param name="bodyWords">Each once.</param>
    /// <param name="edgeWords">Each once, and none that is in <paramref name="bodyWords"/>.</param>
    /// <param name="shape"><see cref="PromptShape.Count"/> numbers.</param>
    /// <param name="form"><see cref="GainShape.Count"/> numbers.</param>
    /// <exception cref="ArgumentException">There are more words than a prompt has, or other numbers of numbers.</exception>
    public void Fill(ReadOnlySpan<int> bodyWords, ReadOnlySpan<int> edgeWords, ReadOnlySpan<float> shape, ReadOnlySpan<float> form)
    {
        if (shape.Length != Shape.Length || form.Length != Form.Length)
            throw new ArgumentException($"A prompt has {Shape.Length} and {Form.Length} numbers of shape and form, not {shape.Length} and {form.Length}.");

        Clear();
        bodyWords.CopyTo(body);
        edgeWords.CopyTo(edge);
        (bodyCount, edgeCount) = (bodyWords.Length, edgeWords.Length);
        shape.CopyTo(Shape);
        form.CopyTo(Form);
    }

    /// <summary>To be called when nothing more is asked about a prompt.</summary>
    public void Clear()
    {
        isFilled = false;
        predictedBy.SetTarget(null);
        foreach (var bucket in Body)
            seen[bucket >> 6] = 0;
        foreach (var bucket in Edge)
            seen[bucket >> 6] = 0;
        (bodyCount, edgeCount) = (0, 0);
    }

    private bool Holds(in ClassifierInput input) =>
        isFilled
        && (lastTurns, lastHadSystem) == (input.Turns, input.System is not null)
        && lastPrompt.TryGetTarget(out var prompt) && ReferenceEquals(prompt, input.Prompt)
        && (!lastHadSystem || (lastSystem.TryGetTarget(out var system) && ReferenceEquals(system, input.System)));

    private void Remember(in ClassifierInput input)
    {
        lastPrompt.SetTarget(input.Prompt);
        lastSystem.SetTarget(input.System);
        (lastHadSystem, lastTurns, isFilled) = (input.System is not null, input.Turns, true);
    }

    /// <summary>Without a branch, for no processor foresees which words repeat.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(uint hash, int[] features, ref int count)
    {
        var bucket = hash >> (32 - PromptHasher.Bits);
        ref var word = ref seen[bucket >> 6];
        features[count] = (int)bucket;
        count += (int)(~word >> (int)(bucket & 63)) & 1;
        word |= 1UL << (int)(bucket & 63);
    }

    public struct Token
    {
        public uint Hash;

        /// <summary>Of the first four letters and of the last three, for words of five letters or more; else 0.</summary>
        public uint Begin;
        public uint End;

        public bool IsIdeograph;
        public bool StartsLine;
    }
}
