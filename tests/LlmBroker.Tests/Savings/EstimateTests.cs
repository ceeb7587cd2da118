using LlmBroker.Savings;
using Xunit;

namespace LlmBroker.Tests.Savings;

public sealed class EstimateTests
{
    /// <summary>The worked examples of Newcombe's papers of 1998.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    public void OfShare_is_Wilsons_interval(int successes, int count, double low, double high)
    {
        var share = Estimate.OfShare(successes, count)!;

        Assert.Equal((double)successes / count, share.Value, 12);
        Assert.Equal(low, share.Low, 4);
        Assert.Equal(high, share.High, 4);
    }

    [Fact]
    public void OfShare_stays_within_0_and_1_and_wants_30()
    {
        var (none, all) = (Estimate.OfShare(0, 30)!, Estimate.OfShare(30, 30)!);

        Assert.Equal((0, 1), (none.Low, all.High));
        Assert.InRange(none.High, 0.1, 0.12);
        Assert.Null(Estimate.OfShare(29, 29));
    }

    [Fact]
    public void OfDifference_is_Newcombes_interval()
    {
        var difference = Estimate.OfDifference(Estimate.OfShare(56, 70), Estimate.OfShare(48, 80))!;

        Assert.Equal(0.2, difference.Value, 12);
        Assert.Equal(0.0524, difference.Low, 4);
        Assert.Equal(0.3339, difference.High, 4);
        Assert.Null(Estimate.OfDifference(null, Estimate.OfShare(48, 80)));
    }

    [Fact]
    public void OfMean_takes_the_samples_own_deviation()
    {
        // 50 times 0 and 50 times 1: s² = 25 ÷ 99.
        var mean = Estimate.OfMean(100, 50, 50)!;

        Assert.Equal(0.5, mean.Value, 12);
        Assert.Equal(1.959964 * Math.Sqrt(25.0 / 99 / 100), mean.High - mean.Value, 6);
        Assert.Equal(mean.Value - mean.Low, mean.High - mean.Value, 12);
    }

    [Fact]
    public void OfRatio_holds_the_true_ratio_in_about_95_of_100_samples()
    {
        var random = new Random(7);
        var held = 0;
        for (var trial = 0; trial < 1000; trial++)
        {
            var ratio = Estimate.OfRatio(Sample(random, 20), Sample(random, 10))!;
            held += ratio.Low <= 2 && ratio.High >= 2 ? 1 : 0;
        }

        Assert.InRange(held, 925, 975);
    }

    /// <summary>The mean of 80 numbers that are evenly spread between 0 and twice as much.</summary>
    private static Estimate? Sample(Random random, double mean)
    {
        var numbers = Enumerable.Range(0, 80).Select(_ => random.NextDouble() * 2 * mean).ToArray();
        return Estimate.OfMean(numbers.Length, numbers.Sum(), numbers.Sum(number => number * number));
    }
}
