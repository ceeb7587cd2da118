namespace LlmBroker.Routing.Prediction;

/// <summary>
/// What a ledger's labels add to a model's gain. The probability that the cheap answer is bad is logistic in the model's own gain, the tasks and the
/// hashed words; of it goes the probability that the large model's answer is bad as well. Its words are in a column of the model's rows. Immutable.
/// </summary>
/// <param name="Bias">Log-odds that always count.</param>
/// <param name="Slope">Of the log-odds of the model's own gain; 1: as they are.</param>
/// <param name="WordUnit">What 1 stands for in the column of words, in log-odds, before <see cref="WordWeight"/>.</param>
/// <param name="Tasks">Log-odds for each task, by its number less one: <see cref="RoutingModel.Tasks"/> of them.</param>
/// <param name="LargeBad">The part of the large model's answers that is bad, 0 to 1, for each task in the same order.</param>
internal sealed record GainCorrection(float Bias, float Slope, float WordUnit, float[] Tasks, float[] LargeBad)
{
    /// <summary>Numbers in a file: <see cref="Bias"/>, <see cref="Slope"/>, <see cref="WordUnit"/>, <see cref="Tasks"/>, <see cref="LargeBad"/>.</summary>
    public const int Count = 3 + (2 * RoutingModel.Tasks);

    /// <summary>
    /// Where the large model fails as often, there is nothing to gain; this part of the cheap model's failures is left, so that requests keep their
    /// order all the same, and a share of them can be told.
    /// </summary>
    private const float LeastPart = 0.02f;

    private const float LeastGain = 0.01f;

    /// <param name="gain">The model's own, 0 to 1.</param>
    /// <param name="words">What the words come to, in log-odds.</param>
    /// <param name="probabilities">Of the tasks, as the model's own gain was told from them.</param>
    /// <returns>The corrected gain, 0 to 1.</returns>
    public float Predict(float gain, float words, ReadOnlySpan<float> probabilities)
    {
        var (score, largeBad) = (Bias + (Slope * LogOdds(gain)) + words, 0f);
        for (var task = 0; task < probabilities.Length; task++)
        {
            score += probabilities[task] * Tasks[task];
            largeBad += probabilities[task] * LargeBad[task];
        }

        var bad = 1 / (1 + MathF.Exp(-score));
        return Math.Clamp(Math.Max(bad - largeBad, bad * LeastPart), 0, 1);
    }

    /// <summary>Of a gain, 0 to 1; bounded, since a gain of 0 or 1 is no certainty.</summary>
    public static float LogOdds(float gain)
    {
        var bounded = Math.Clamp(gain, LeastGain, 1 - LeastGain);
        return MathF.Log(bounded / (1 - bounded));
    }

    /// <summary>A long prompt has no more to say in all than a short one.</summary>
    /// <param name="words">How many there are.</param>
    public static float WordWeight(int words) => 1 / MathF.Sqrt(Math.Max(1, words));

    /// <summary>As a file holds it.</summary>
    public float[] ToNumbers() => [Bias, Slope, WordUnit, .. Tasks, .. LargeBad];

    /// <param name="numbers"><see cref="Count"/> of them, as <see cref="ToNumbers"/> gives them.</param>
    /// <exception cref="InvalidDataException">They are no correction.</exception>
    public static GainCorrection Of(ReadOnlySpan<float> numbers)
    {
        var correction = new GainCorrection(
            numbers[0], numbers[1], numbers[2], numbers.Slice(3, RoutingModel.Tasks).ToArray(), numbers.Slice(3 + RoutingModel.Tasks, RoutingModel.Tasks).ToArray());
        foreach (var number in numbers)
        {
            if (!float.IsFinite(number))
                throw new InvalidDataException($"The routing model is damaged: its correction holds {number}.");
        }

        return correction.LargeBad.All(share => share is >= 0 and <= 1)
            ? correction
            : throw new InvalidDataException("The routing model is damaged: its correction has shares beyond 0 to 1.");
    }
}
