namespace LlmBroker.Routing.Prediction;

/// <summary>
/// What a model knows of the gain beside its hashed words: three linear heads over the prompt's form and its tasks. One is for exam questions with
/// options, one ranks word problems among each other, one is for everything else.
/// </summary>
/// <param name="Form"><see cref="GainShape.Count"/> rows of <see cref="Count"/>.</param>
/// <param name="Tasks">A row for each task, by its number less one, and one that always counts.</param>
/// <param name="WordUnit">What 1 stands for in the heads' columns of the words.</param>
/// <param name="Quantiles">The gains of the reference prompts, the least first: 101 of them.</param>
internal sealed record GainHeads(float[] Form, float[] Tasks, float WordUnit, float[] Quantiles)
{
    public const int Count = 3;
    public const int Exam = 0;
    public const int Problem = 1;
    public const int Other = 2;
    public const int TaskRows = RoutingModel.Tasks + 1;
    public const int QuantileCount = 101;

    /// <summary>How much what is known of everything says of an exam question.</summary>
    public const float OtherInExam = 0.2f;

    private const int Math = (int)TaskKind.MathReasoning - 1;

    /// <summary>Puts the heads together.</summary>
    /// <param name="words">What the words say, by head.</param>
    /// <param name="form">Of the prompt.</param>
    /// <param name="probabilities">Of the tasks.</param>
    /// <returns>0 to 1.</returns>
    public float Predict(ReadOnlySpan<float> words, ReadOnlySpan<float> form, ReadOnlySpan<float> probabilities)
    {
        Span<float> heads = stackalloc float[Count];
        Score(words, form, probabilities, heads);
        return System.Math.Clamp(Combine(heads, form, probabilities), 0, 1);
    }

    public static float Combine(ReadOnlySpan<float> heads, ReadOnlySpan<float> form, ReadOnlySpan<float> probabilities) =>
        form[GainShape.HasOptions] > 0
            ? heads[Exam] + (OtherInExam * heads[Other])
            : heads[Other] + (probabilities[Math] * heads[Problem]);

    /// <summary>The gain that a share of the reference prompts has, or more.</summary>
    public float ThresholdFor(double largeShare) =>
        Quantiles[System.Math.Clamp((int)System.Math.Round((1 - largeShare) * (QuantileCount - 1)), 0, QuantileCount - 1)];

    private void Score(ReadOnlySpan<float> words, ReadOnlySpan<float> form, ReadOnlySpan<float> probabilities, Span<float> heads)
    {
        words.CopyTo(heads);
        for (var number = 0; number < GainShape.Count; number++)
            Add(Form.AsSpan(number * Count, Count), form[number], heads);
        for (var task = 0; task < RoutingModel.Tasks; task++)
            Add(Tasks.AsSpan(task * Count, Count), probabilities[task], heads);
        Add(Tasks.AsSpan(RoutingModel.Tasks * Count, Count), 1, heads);
    }

    private static void Add(ReadOnlySpan<float> weights, float value, Span<float> heads)
    {
        for (var head = 0; head < Count; head++)
            heads[head] += weights[head] * value;
    }
}
