using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class GainScoreTests
{
    private static readonly double[] TwoOfTen = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];

    [Fact]
    public void A_ranking_that_knows_everything_recovers_the_gap_with_the_first_calls()
    {
        // Thresholds at 9/10, 8/10 ... of ten different predictions send 1, 2 ... of them to the strong model.
        var score = GainScore.Of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], TwoOfTen);

        // (0, 0) (0.1, 0.5) (0.2, 1) (1, 1): 0.025 + 0.075 + 0.8
        Assert.Equal(0.9, score.Apgr, 10);
        Assert.Equal(0.1, score.Cpt50, 10);
        Assert.Equal(0.16, score.Cpt80, 10);
    }

    [Fact]
    public void The_same_ranking_upside_down_recovers_it_with_the_last_ones()
    {
        var score = GainScore.Of([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], TwoOfTen);

        Assert.Equal(0.1, score.Apgr, 10);
        Assert.Equal(0.9, score.Cpt50, 10);
        Assert.Equal(0.96, score.Cpt80, 10);
    }

    [Fact]
    public void Prompts_that_nothing_sets_apart_go_together_so_that_half_the_gap_costs_half_the_calls()
    {
        var score = GainScore.Of([7, 7, 7, 7, 7, 7, 7, 7, 7, 7], TwoOfTen);

        Assert.Equal(0.5, score.Apgr, 10);
        Assert.Equal(0.5, score.Cpt50, 10);
        Assert.Equal(0.8, score.Cpt80, 10);
    }

    [Fact]
    public void Where_the_weak_model_is_better_the_curve_goes_down()
    {
        // (0, 0) (0.5, 2) (1, 1): two gains first, then a loss.
        var score = GainScore.Of([2, 2, 1, 1], [1, 1, -1, 0]);

        Assert.Equal(0.5 + 0.75, score.Apgr, 10);
        Assert.Equal(0.125, score.Cpt50, 10);
    }

    [Fact]
    public void Without_a_gap_there_is_nothing_to_recover()
    {
        Assert.True(double.IsNaN(GainScore.Of([1, 2], [0, 0]).Apgr));
        Assert.True(double.IsNaN(GainScore.Of([], []).Apgr));
    }

    [Fact]
    public void Calibration_error_is_the_distance_of_means_within_bins()
    {
        double[] predictions = [.. Enumerable.Repeat(0.2, 10), .. Enumerable.Repeat(0.6, 10)];
        double[] right = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0];

        // Ten bins of two: |0.2 - 1|, four times |0.2 - 0|, three times |0.6 - 1|, twice |0.6 - 0|.
        Assert.Equal(((0.8 + (4 * 0.2)) + ((3 * 0.4) + (2 * 0.6))) / 10, GainScore.CalibrationError(predictions, right), 10);
    }

    [Fact]
    public void The_interval_holds_the_value_and_comes_again_with_the_seed()
    {
        double[] predictions = [.. Enumerable.Range(0, 100).Select(i => (double)i)];
        double[] gains = [.. Enumerable.Range(0, 100).Select(i => i % 3 == 0 && i > 30 ? 1.0 : 0)];

        var interval = GainScore.ApgrInterval(predictions, gains, samples: 200, seed: 5);

        Assert.InRange(GainScore.Of(predictions, gains).Apgr, interval.Low, interval.High);
        Assert.Equal(interval, GainScore.ApgrInterval(predictions, gains, samples: 200, seed: 5));
    }
}
