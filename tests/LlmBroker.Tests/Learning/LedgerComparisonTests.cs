using LlmBroker.Learning;
using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class LedgerComparisonTests
{
    [Fact]
    public void LedgerScore_of_a_perfect_a_useless_and_a_reversed_prediction()
    {
        var examples = Examples(100, bad: 20);

        var perfect = LedgerScore.Of(examples, [.. examples.Select(example => example.Bad ? 1.0 : 0)], 0);
        var useless = LedgerScore.Of(examples, [.. examples.Select(_ => 0.2)], 0);
        var reversed = LedgerScore.Of(examples, [.. examples.Select(example => example.Bad ? 0.0 : 1)], 0);

        Assert.Equal((100, 20, 1.0, 0.16, 0.1, 0.0), (perfect.Rows, perfect.Bad, perfect.Auc, perfect.Cpt80, perfect.Cpt50, perfect.CalibrationError));
        Assert.Equal((0.5 + 9) / 10, perfect.Apgr, 9);
        Assert.Equal((16 * 1m) + (84 * 0.1m), perfect.UsdAt80);
        Assert.Equal(0.5, useless.Auc, 9);
        Assert.Equal(0, useless.CalibrationError, 9);
        Assert.Equal(0, reversed.Auc, 9);
        Assert.Equal((0, 0.16, 1), (perfect.Loss, Math.Round(useless.Loss, 9), reversed.Loss));
        Assert.True(double.IsNaN(LedgerScore.Of(Examples(1, bad: 0), [0.5], 0).Auc));
    }

    [Fact]
    public void LedgerScore_takes_off_what_the_large_model_does_badly_as_well()
    {
        var examples = Examples(100, bad: 30);

        var score = LedgerScore.Of(examples, [.. examples.Select(_ => 0.2)], largeBad: 0.1);

        Assert.Equal(0, score.CalibrationError, 9);
    }

    [Fact]
    public void What_orders_requests_better_is_better_and_its_intervals_hold_the_difference()
    {
        var (examples, random) = (Examples(600, bad: 150), new Random(3));
        double[] guess = [.. examples.Select(_ => random.NextDouble() / 2)];
        double[] told = [.. examples.Select(example => Math.Clamp((example.Bad ? 0.5 : 0.2) + ((random.NextDouble() - 0.5) / 4), 0, 1))];

        var comparison = LedgerComparison.Of(examples, guess, told, 0, seed: 1);

        Assert.True(comparison.IsBetter, $"{comparison}");
        Assert.Null(comparison.WhyNot);
        foreach (var difference in new[] { comparison.Apgr, comparison.Auc, comparison.Loss })
            Assert.InRange(difference.Value, difference.Low, difference.High);
        Assert.True(comparison.Loss.High < 0);
        Assert.Equal(comparison, LedgerComparison.Of(examples, guess, told, 0, seed: 1));
        Assert.NotEqual(comparison, LedgerComparison.Of(examples, guess, told, 0, seed: 2));
        Assert.Equal("it puts requests into a worse order", LedgerComparison.Of(examples, told, guess, 0, seed: 1).WhyNot);
    }

    [Fact]
    public void The_same_order_is_not_better_and_nearer_gains_alone_are_told()
    {
        var (examples, random) = (Examples(600, bad: 150), new Random(3));
        double[] wild = [.. examples.Select(_ => random.NextDouble())];

        Assert.Equal("the difference may be chance", LedgerComparison.Of(examples, wild, wild, 0, seed: 1).WhyNot);
        var calm = LedgerComparison.Of(examples, wild, [.. wild.Select(gain => 0.2 + (gain / 10))], 0, seed: 1);
        Assert.False(calm.IsBetter);
        Assert.Contains("nearer to what came of them", calm.WhyNot, StringComparison.Ordinal);
    }

    [Fact]
    public void A_better_order_with_wilder_gains_is_not_better()
    {
        var (examples, random) = (Examples(600, bad: 150), new Random(3));
        double[] calm = [.. examples.Select(_ => 0.25 + (random.NextDouble() / 100))];

        var comparison = LedgerComparison.Of(examples, calm, [.. examples.Select(example => example.Bad ? 1.0 : 0.9)], 0, seed: 1);

        Assert.True(comparison.Apgr.Low > 0);
        Assert.Equal((false, "its gains are further from what came of them"), (comparison.IsBetter, comparison.WhyNot));
    }

    private static LedgerExample[] Examples(int rows, int bad) => [.. Enumerable.Range(0, rows).Select(i => new LedgerExample
    {
        AcceptedAt = DateTimeOffset.UnixEpoch, Task = "qa", OfCheap = true, Bad = i < bad, Source = AnswerLabel.Verdict, CheapUsd = 0.1m, LargeUsd = 1,
    })];
}
