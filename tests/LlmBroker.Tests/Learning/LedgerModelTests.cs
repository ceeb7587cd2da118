using LlmBroker.Learning;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;
using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class LedgerModelTests
{
    private static readonly DateTimeOffset FirstDay = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly Today = new(2026, 3, 11);
    private static readonly RoutingModel Shipped = RoutingModel.LoadEmbedded();

    private static readonly OwnRequest[] Requests = OwnTraffic.Make(FirstDay, days: 10, perDay: 200, seed: 5);
    private static readonly LedgerExample[] TenDays = OwnTraffic.Examples(Requests);
    private static readonly LedgerDays Days = LedgerDays.Of(TenDays, FirstDay.AddDays(7));

    /// <summary>Learning takes a second or two.</summary>
    private static readonly Lazy<LedgerModel> Learnt = new(() => Learn(Days));

    [Fact]
    public void What_the_shipped_model_cannot_know_is_learnt_and_the_new_model_is_better()
    {
        var (model, comparison) = Learnt.Value;

        Assert.True(comparison.IsBetter, $"{comparison}");
        Assert.True(comparison.Other.Auc > 0.8, $"{comparison.Other}");
        Assert.True(comparison.Running.Auc < 0.65, $"{comparison.Running}");
        Assert.True(comparison.Other.CalibrationError < 0.08, $"{comparison.Other}");
        Assert.True(comparison.Other.UsdAt80 < comparison.Running.UsdAt80);
        Assert.True(Gain(model, "Translate into German: the demurrage claim of Anna was changed on March 3.") > Gain(model, "Translate into German: the book club of Anna was changed on March 3.") + 0.2f);
        Assert.Equal(Shipped.Card.Scores, model.Card.Scores);
    }

    [Fact]
    public void Where_there_is_nothing_to_learn_the_new_model_is_not_called_better()
    {
        var days = LedgerDays.Of(OwnTraffic.Examples(OwnTraffic.Make(FirstDay, days: 10, perDay: 200, seed: 5, hasSignal: false)), FirstDay.AddDays(7));

        Assert.False(Learn(days).Comparison.IsBetter);
    }

    [Fact]
    public void The_same_days_and_seed_give_the_same_file_and_another_seed_other_intervals()
    {
        var (one, same, other) = (Learn(Days, seed: 3).Model, Learn(Days, seed: 3).Model, Learn(Days, seed: 4).Model);

        Assert.Equal(Bytes(one), Bytes(same));
        Assert.NotEqual(one.Card.Ledger!.Apgr, other.Card.Ledger!.Apgr);
        Assert.Equal(LedgerGains.Of(one, TenDays), LedgerGains.Of(other, TenDays));
    }

    [Fact]
    public void The_card_says_what_it_is_based_on_what_it_learnt_from_and_how_both_did()
    {
        var (model, comparison) = Learn(Days, seed: 3);

        var card = RoutingModel.Read(new MemoryStream(Bytes(model))).Card;
        var ledger = card.Ledger!;
        Assert.Equal(($"{Shipped.Card.Version}+ledger-2026-03-11", Shipped.Card.Version, "abc", Today, 3), (card.Version, ledger.BasedOn, ledger.BasedOnSha256, ledger.TrainedOn, ledger.Seed));
        Assert.Equal((7, FirstDay.AddDays(7)), (ledger.Days, ledger.HeldOutFrom));
        Assert.InRange(ledger.HeldOutUntil, FirstDay.AddDays(9), FirstDay.AddDays(10));
        Assert.Equal(["cascade", "score", "verdict"], ledger.Labels.Keys);
        Assert.Equal(Days.LearntCheap, ledger.Labels.Values.Sum());
        Assert.Equal(Days.Learning.Count - Days.LearntCheap, ledger.LargeLabels);
        Assert.Equal((comparison.Running.Rows, Math.Round(comparison.Running.Auc, 4)), (ledger.Running.Rows, ledger.Running.Auc));
        Assert.Equal((Math.Round(comparison.Other.Auc, 4), Math.Round(comparison.Apgr.Low, 4), true), (ledger.Learnt.Auc, ledger.Apgr.Low, ledger.IsBetter));
    }

    [Fact]
    public void What_was_measured_is_what_a_router_with_the_file_tells()
    {
        var model = RoutingModel.Read(new MemoryStream(Bytes(Learnt.Value.Model)));
        var predictor = new GainPredictor(model);

        var measured = LedgerGains.Of(model, TenDays.Take(200));

        for (var i = 0; i < measured.Length; i++)
        {
            Assert.True(TaskKinds.TryParse(Requests[i].Task, out var task));
            Assert.Equal((float)measured[i], predictor.Predict(new ClassifierInput(null, Requests[i].Prompt, 1), task));
        }
    }

    [Fact]
    public void Its_predictions_allocate_nothing()
    {
        var model = Learnt.Value.Model;
        var (classifier, predictor) = (new TrainedTaskClassifier(model), new GainPredictor(model));
        ClassifierInput[] inputs = [.. Requests.Take(4).Select(request => new ClassifierInput(null, request.Prompt, 1))];
        void Predict(ClassifierInput input)
        {
            classifier.Classify(input);
            predictor.Predict(input, TaskKind.Unknown);
            predictor.Predict(input, TaskKind.Code);
        }

        foreach (var input in inputs)
            Predict(input);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Predict(inputs[i % inputs.Length]);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Its_reference_is_the_traffic_and_its_tasks_are_those_of_the_running_model()
    {
        var model = Learnt.Value.Model;
        var gains = LedgerGains.Of(model, TenDays);

        foreach (var share in new[] { 0.1, 0.3, 0.5 })
            Assert.InRange((double)gains.Count(gain => gain >= model.Gain.ThresholdFor(share)) / gains.Length, share - 0.05, share + 0.05);
        foreach (var request in Requests.Take(50))
        {
            var input = new ClassifierInput(null, request.Prompt, 1);
            Assert.Equal(new TrainedTaskClassifier(Shipped).Classify(input), new TrainedTaskClassifier(model).Classify(input));
        }
    }

    [Fact]
    public void A_model_that_learnt_before_goes_on_from_there()
    {
        var first = Learnt.Value.Model;
        var more = LedgerDays.Of(OwnTraffic.Examples(OwnTraffic.Make(FirstDay.AddDays(10), days: 4, perDay: 150, seed: 6)), FirstDay.AddDays(12));

        var (second, comparison) = LedgerModel.Learn(more, first, "def", [], version: null, seed: 1, Today);
        var (fresh, _) = Learn(more);

        Assert.True(comparison.Running.Auc > 0.8, $"{comparison.Running}");
        Assert.True(comparison.Other.Auc >= comparison.Running.Auc - 0.01, $"{comparison}");
        Assert.NotEqual(Bytes(fresh), Bytes(second));
        Assert.Equal(($"{Shipped.Card.Version}+ledger-2026-03-11b", first.Card.Version, "def"), (second.Card.Version, second.Card.Ledger!.BasedOn, second.Card.Ledger.BasedOnSha256));
        Assert.Equal(Shipped.Card.Notes.Count + 1, second.Card.Notes.Count);
    }

    [Theory]
    [InlineData("2026-03-01", "2026-03-01+ledger-2026-03-11")]
    [InlineData("2026-03-01+ledger-2026-03-04", "2026-03-01+ledger-2026-03-11")]
    [InlineData("2026-03-01+ledger-2026-03-11", "2026-03-01+ledger-2026-03-11b")]
    [InlineData("2026-03-01+ledger-2026-03-11b", "2026-03-01+ledger-2026-03-11c")]
    [InlineData("2026-03-01+ledger-2026-03-11z", "2026-03-01+ledger-2026-03-11zb")]
    public void VersionAfter_names_the_day_and_no_version_twice(string running, string version) => Assert.Equal(version, LedgerModel.VersionAfter(running, Today));

    [Fact]
    public void Of_the_gain_goes_what_the_large_model_does_badly_as_well()
    {
        var alike = TenDays.Select(example => example with { OfCheap = true }).Select((example, i) => example with { Bad = i % 2 == 0 }).ToArray();

        var alone = GainCorrectionTrainer.Train(Shipped, alike);
        var beside = GainCorrectionTrainer.Train(Shipped, [.. alike, .. alike.Select(example => example with { OfCheap = false })]);

        Assert.InRange(LedgerGains.Of(alone, alike).Average(), 0.4, 0.6);
        Assert.InRange(LedgerGains.Of(beside, alike).Average(), 0, 0.12);
    }

    [Fact]
    public void Of_the_large_models_answers_those_that_a_lot_chose_count_where_they_are_enough()
    {
        LedgerExample Large(string? arm, bool bad) => TenDays[0] with { OfCheap = false, Arm = arm, Bad = bad };
        LedgerExample[] chosen = [.. Enumerable.Repeat(Large(null, bad: true), 100)];

        Assert.Equal(0.1, GainCorrectionTrainer.LargeBad([.. chosen, .. Enumerable.Range(0, 50).Select(i => Large("large", bad: i < 5))]), 9);
        Assert.Equal(100.0 / 140, GainCorrectionTrainer.LargeBad([.. chosen, .. Enumerable.Range(0, 40).Select(_ => Large("large", bad: false))]), 9);
        Assert.Equal(0, GainCorrectionTrainer.LargeBad([]));
    }

    private static LedgerModel Learn(LedgerDays days, int seed = 1) => LedgerModel.Learn(
        days, Shipped, "abc", [.. TenDays.Select(example => (example.Task, example.Features!))], version: null, seed, Today);

    private static float Gain(RoutingModel model, string prompt) => new GainPredictor(model).Predict(new ClassifierInput(null, prompt, 1), TaskKind.Translation);

    private static byte[] Bytes(RoutingModel model)
    {
        using var stream = new MemoryStream();
        model.Write(stream);
        return stream.ToArray();
    }
}
