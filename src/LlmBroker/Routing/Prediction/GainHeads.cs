namespace LlmBroker.Routing.Prediction;

/// <summary>
/// What a model knows of the gain beside its hashed words: three linear heads over the prompt's form and its tasks. One is for exam questions with
/// options, one for problems to calculate, one for everything else.
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

    private const int MathReasoning = (int)TaskKind.MathReasoning - 1;

    /// <summary>Puts the heads together.</summary>
    /// <param name="words">What the words say, by head.</param>
    /// <param name="form">Of the prompt.</param>
    /// <param name="probabilities">Of the tasks.</param>
    /// <returns>0 to 1.</returns>
    public float Predict(ReadOnlySpan<float> words, ReadOnlySpan<float> form, ReadOnlySpan<float> probabilities)
    {
        Span<float> shares = stackalloc float[Count];
        Span<float> heads = stackalloc float[Count];
        ShareOut(form, probabilities, shares);
        Score(words, form, probabilities, heads);
        var gain = 0f;
        for (var head = 0; head < Count; head++)
            gain += shares[head] * heads[head];
        return Math.Clamp(gain, 0, 1);
    }

    /// <summary>How much each head has to say of a prompt; together 1.</summary>
    public static void ShareOut(ReadOnlySpan<float> form, ReadOnlySpan<float> probabilities, Span<float> shares)
    {
        shares[Exam] = form[GainShape.HasOptions];
        shares[Problem] = form[GainShape.Numbers] >= GainShape.TwoNumbers ? (1 - shares[Exam]) * probabilities[MathReasoning] : 0;
        shares[Other] = 1 - shares[Exam] - shares[Problem];
    }

    /// <summary>The gain that a share of the reference prompts has, or more.</summary>
    /// <param name="largeShare">0 to 1.</param>
    public float ThresholdFor(double largeShare) =>
        Quantiles[Math.Clamp((int)Math.Round((1 - largeShare) * (QuantileCount - 1)), 0, QuantileCount - 1)];

    /// <summary>The share of the reference prompts that have that gain or more: the other way round.</summary>
    public double ShareAbove(float gain) => (double)Quantiles.Count(quantile => quantile >= gain) / QuantileCount;

    private void Score(ReadOnlySpan<float> words, ReadOnlySpan<float> form, ReadOnlySpan<float> probabilities, Span<float> heads)
    {
        words.CopyTo(heads);
        for (var number = 0; number < GainShape.Count; number++)
        {
            if (form[number] != 0)
                Add(Form.AsSpan(number * Count, Count), form[number], heads);
        }

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
