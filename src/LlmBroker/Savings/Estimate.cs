namespace LlmBroker.Savings;

/// <summary>What a sample says of the whole: a value, and between what it lies at a confidence of 95 %.</summary>
/// <param name="Value">The best guess.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Count">Size of the sample.</param>
internal sealed record Estimate(double Value, double Low, double High, long Count)
{
    /// <summary>Fewer say nothing: the approximations below do not hold, and the intervals would be as wide as the scale.</summary>
    public const int FewestCounted = 30;

    /// <summary>The 97.5 % quantile of the normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>
    /// The share of successes: p = successes ÷ n with the score interval, (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) ÷ (1 + z²/n).
    /// E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).
    /// </summary>
    /// <returns>Null when there are fewer than <see cref="FewestCounted"/>.</returns>
    public static Estimate? OfShare(long successes, long count)
    {
        if (count < FewestCounted)
            return null;

        double n = count;
        var share = successes / n;
        var middle = share + (Z * Z / (2 * n));
        var reach = Z * Math.Sqrt((share * (1 - share) / n) + (Z * Z / (4 * n * n)));
        var scale = 1 + (Z * Z / n);
        return new Estimate(share, Math.Max(0, (middle - reach) / scale), Math.Min(1, (middle + reach) / scale), count);
    }

    /// <summary>
    /// The mean, m ± z s ÷ √n with the sample's standard deviation s: the normal approximation, by the central limit theorem.
    /// </summary>
    /// <returns>Null when there are fewer than <see cref="FewestCounted"/>.</returns>
    public static Estimate? OfMean(long count, double sum, double squares)
    {
        if (count < FewestCounted)
            return null;

        var mean = sum / count;
        var reach = Z * Math.Sqrt(Variance(count, sum, squares) / count);
        return new Estimate(mean, mean - reach, mean + reach, count);
    }

    /// <summary>
    /// How much larger one share is than another: p₁ − p₂, from √((p₁ − l₁)² + (u₂ − p₂)²) below to √((u₁ − p₁)² + (p₂ − l₂)²) above, with
    /// Wilson's l and u. R. G. Newcombe, Interval Estimation for the Difference Between Independent Proportions, Statistics in Medicine 17
    /// (1998), method 10.
    /// </summary>
    /// <returns>Null when one of the two is.</returns>
    public static Estimate? OfDifference(Estimate? one, Estimate? other)
    {
        if (one is null || other is null)
            return null;

        var difference = one.Value - other.Value;
        return new Estimate(
            difference,
            difference - Math.Sqrt(Square(one.Value - one.Low) + Square(other.High - other.Value)),
            difference + Math.Sqrt(Square(one.High - one.Value) + Square(other.Value - other.Low)),
            Math.Min(one.Count, other.Count));
    }

    /// <summary>
    /// How many times as large one mean is as another, of independent samples: r = m₁ ÷ m₂ ± z r √(v₁ ÷ m₁² + v₂ ÷ m₂²) with the variances v
    /// of the means: the delta method, of first order.
    /// </summary>
    /// <returns>Null when one of the two is, or the other mean is 0.</returns>
    public static Estimate? OfRatio(Estimate? one, Estimate? other)
    {
        if (one is null || other is null || other.Value == 0 || one.Value == 0)
            return null;

        var ratio = one.Value / other.Value;
        var reach = Math.Abs(ratio) * Math.Sqrt(Square((one.High - one.Value) / one.Value) + Square((other.High - other.Value) / other.Value));
        return new Estimate(ratio, ratio - reach, ratio + reach, Math.Min(one.Count, other.Count));
    }

    /// <summary>Half the width of the interval of a sum with that variance.</summary>
    public static double ReachOfSum(double variance) => Z * Math.Sqrt(Math.Max(0, variance));

    private static double Variance(long count, double sum, double squares) => Math.Max(0, (squares - (sum * sum / count)) / (count - 1));

    private static double Square(double value) => value * value;
}
