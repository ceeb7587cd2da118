using LlmBroker.Learning;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class LedgerComparisonTests
{
    private static readonly DateTimeOffset FirstDay = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void LedgerScore_of_a_perfect_a_useless_and_a_reversed_prediction()
    {
        var examples = Enumerable.Range(0, 100).Select(i => Cheap(i < 20)).ToArray();

        var perfect = LedgerScore.Of(examples, [.. examples.Select(example => example.Bad ? 1.0 : 0)], 0);
        var useless = LedgerScore.Of(examples, [.. examples.Select(_ => 0.2)], 0);
        var reversed = LedgerScore.Of(examples, [.. examples.Select(example => example.Bad ? 0.0 : 1)], 0);

        Assert.Equal((100, 20, 1.0, 0.16, 0.1, 0.0), (perfect.Rows, perfect.Bad, perfect.Auc, perfect.Cpt80, perfect.Cpt50, perfect.CalibrationError));
        Assert.Equal((0.5 + 9) / 10, perfect.Apgr, 9);
        Assert.Equal((16 * 1m) + (84 * 0.1m), perfect.UsdAt80);
        Assert.Equal(0.5, useless.Auc, 9);
        Assert.Equal(0, useless.CalibrationError, 9);
        Assert.Equal(0, reversed.Auc, 9);
        Assert.True(double.IsNaN(LedgerScore.Of([Cheap(false)], [0.5], 0).Auc));
    }

    [Fact]
    public void A_word_that_makes_cheap_answers_bad_is_learnt_and_the_new_model_is_better()
    {
        var (comparison, correction) = LedgerComparison.Make(Traffic(signal: true), FirstDay.AddDays(8), PromptHasher.Buckets, seed: 1)!.Value;

        Assert.True(comparison.IsBetter, $"{comparison.ApgrDifference}");
        Assert.True(comparison.New.Auc > 0.8, $"{comparison.New.Auc}");
        Assert.InRange(comparison.Running.Auc, 0.4, 0.6);
        Assert.True(comparison.New.CalibrationError < 0.1, $"{comparison}");
        Assert.True(correction.Predict(Example(new Random(1), 0, hard: true, bad: true)) > correction.Predict(Example(new Random(1), 0, hard: false, bad: true)));
        Assert.True(comparison.New.UsdAt80 < comparison.Running.UsdAt80);
    }

    [Fact]
    public void Where_there_is_nothing_to_learn_the_new_model_is_not_called_better()
    {
        var (comparison, _) = LedgerComparison.Make(Traffic(signal: false), FirstDay.AddDays(8), PromptHasher.Buckets, seed: 1)!.Value;

        Assert.False(comparison.IsBetter, $"{comparison.ApgrDifference}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_model_and_too_few_rows_none()
    {
        var examples = Traffic(signal: true);

        var one = LedgerComparison.Make(examples, FirstDay.AddDays(8), PromptHasher.Buckets, seed: 5)!.Value.Comparison;
        var other = LedgerComparison.Make(examples, FirstDay.AddDays(8), PromptHasher.Buckets, seed: 5)!.Value.Comparison;

        Assert.Equal(one.New, other.New);
        Assert.Null(LedgerComparison.Make(examples[..300], FirstDay.AddDays(8), PromptHasher.Buckets, seed: 5));
    }

    [Fact]
    public void Of_the_gain_goes_what_the_large_model_does_badly_as_well()
    {
        LedgerExample[] examples =
        [
            .. Enumerable.Range(0, 400).Select(i => Cheap(bad: i % 2 == 0)),
            .. Enumerable.Range(0, 400).Select(i => Cheap(bad: i % 2 == 0) with { OfCheap = false }),
        ];

        var correction = GainCorrection.Train(examples, PromptHasher.Buckets, seed: 1);

        Assert.Equal(0.5, correction.LargeBad, 9);
        Assert.InRange(correction.Predict(Cheap(false)), 0, 0.1);
    }

    /// <summary>Ten days. Prompts with the word 7 are bad in 8 of 10 cases with a signal, others in 1 of 10; the running model guesses.</summary>
    private static LedgerExample[] Traffic(bool signal)
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, 3000).Select(i =>
        {
            var hard = random.NextDouble() < 0.3;
            return Example(random, i / 300, hard, random.NextDouble() < (signal ? (hard ? 0.8 : 0.1) : 0.3));
        })];
    }

    private static LedgerExample Example(Random random, int day, bool hard, bool bad) => Cheap(bad) with
    {
        AcceptedAt = FirstDay.AddDays(day),
        Gain = random.NextDouble(),
        Features = new StoredFeatures([.. (hard ? new[] { 7 } : []), .. Enumerable.Range(0, 8).Select(_ => 100 + random.Next(500))], [], new float[PromptShape.Count]),
    };

    private static LedgerExample Cheap(bool bad) => new() { AcceptedAt = FirstDay, Task = "qa", OfCheap = true, Bad = bad, CheapUsd = 0.1m, LargeUsd = 1 };
}
