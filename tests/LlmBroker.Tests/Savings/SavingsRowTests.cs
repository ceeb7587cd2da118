using LlmBroker.Savings;
using Xunit;

namespace LlmBroker.Tests.Savings;

public sealed class SavingsRowTests
{
    private static readonly SavingsCell Cheap = new()
    {
        State = SavingsState.Compared, Path = AnswerPath.Cheap, Runs = 6, CostUsd = 6, AllCheapUsd = 5, AllLargeUsd = 50, FailedCallsUsd = 1, DifferenceSquares = 6 * 7.5 * 7.5,
    };

    private static readonly SavingsCell Large = new()
    {
        State = SavingsState.Compared, Path = AnswerPath.Large, Runs = 2, CostUsd = 20, AllCheapUsd = 2, AllLargeUsd = 20, DifferenceSquares = 2 * 9 * 9,
    };

    private static readonly SavingsCell Escalated = new()
    {
        State = SavingsState.Compared, Path = AnswerPath.Escalated, Runs = 2, CostUsd = 24, AllCheapUsd = 2, AllLargeUsd = 20, RejectedUsd = 3, JudgeUsd = 1, DifferenceSquares = 2 * 9 * 9,
    };

    [Fact]
    public void Sum_subtracts_everything_that_was_paid_from_what_all_on_large_costs()
    {
        var failed = new SavingsCell { State = SavingsState.Failed, Runs = 3, CostUsd = 7, UnpricedCalls = 1 };
        var open = new SavingsCell { State = SavingsState.Open, Runs = 4, CostUsd = 100 };
        var unpriced = new SavingsCell { State = SavingsState.Unpriced, Runs = 5, CostUsd = 1000, AllLargeUsd = 1000 };

        var row = SavingsRow.Sum("x", [Cheap, Large, Escalated, failed, open, unpriced]);

        Assert.Equal((22, 10, 5, 4, 3), (row.Runs, row.Compared, row.Unpriced, row.Open, row.Unanswered));
        Assert.Equal((6, 2, 2, 0.4), (row.Cheap, row.Large, row.Escalated, row.LargeShare));
        Assert.Equal((57m, 90m, 9m), (row.CostUsd, row.AllLargeUsd, row.AllCheapUsd));
        Assert.Equal((3m, 1m, 1m, 7m, 1), (row.RejectedUsd, row.JudgeUsd, row.FailedCallsUsd, row.UnansweredUsd, row.UnansweredUnpricedCalls));
        Assert.Equal((33m, (double)(33m / 90)), (row.SavedUsd, row.SavedShare));
    }

    [Fact]
    public void A_shuffled_router_sends_as_many_to_the_large_model_but_any()
    {
        var row = SavingsRow.Sum("x", [Cheap, Large, Escalated]);

        Assert.Equal((0.4m * 90) + (0.6m * 9), row.ShuffledUsd);
        Assert.Equal(1.959964 * Math.Sqrt(0.24 * ((6 * 7.5 * 7.5) + (4 * 81))), row.ShuffledReachUsd, 4);
        Assert.Equal(row.ShuffledUsd - 50, row.SavedOverShuffledUsd);
    }

    [Fact]
    public void What_a_lot_sent_to_the_large_model_gives_the_saving_without_an_assumption()
    {
        // 40 runs by lot on large, half at 1 and half at 3 USD: a mean of 2. They cost 80; the 60 routed ones 6.
        var byLot = new SavingsCell
        {
            State = SavingsState.Compared, Arm = "large", Path = AnswerPath.Large, Runs = 40, CostUsd = 80, CostSquares = 200, OutputTokens = 4000, OutputTokenSquares = 404_000,
        };
        var cheapByLot = byLot with { Arm = "cheap", Path = AnswerPath.Cheap, CostUsd = 4, CostSquares = 0.4, OutputTokens = 2000, OutputTokenSquares = 101_000 };
        var routed = new SavingsCell { State = SavingsState.Compared, Runs = 20, CostUsd = 2 };

        var row = SavingsRow.Sum("x", [byLot, cheapByLot, routed]);

        Assert.Equal((100 * 2.0) - 86, row.SavedByLotUsd!.Value, 9);
        Assert.Equal(100 * 1.959964 * Math.Sqrt(40.0 / 39 / 40), row.SavedByLotUsd.High - row.SavedByLotUsd.Value, 3);
        Assert.Equal(2, row.OutputRatio!.Value, 9);
        Assert.Null(SavingsRow.Sum("x", [byLot with { Runs = 29 }, routed]).SavedByLotUsd);
    }

    [Fact]
    public void Quality_is_told_apart_by_lot_and_compared_where_there_is_enough()
    {
        var large = new SavingsCell { State = SavingsState.Compared, Arm = "large", Runs = 90, FeedbackAccepted = 48, FeedbackRejected = 32 };
        var cheap = large with { Arm = "cheap", State = SavingsState.Unpriced, FeedbackAccepted = 10, FeedbackRejected = 9, Scores = 40, ScoreSum = 20, ScoreSquares = 20 };
        var routed = large with { Arm = null, FeedbackAccepted = 56, FeedbackRejected = 14, CascadeAccepted = 30, CascadeRejected = 10 };

        var row = SavingsRow.Sum("x", [large, cheap, routed]);

        Assert.Equal([("cheap", 19, 40), ("large", 80, 0), ("routed", 70, 0)], row.Quality.Select(quality => (quality.Of, (int)quality.Judged, (int)quality.Scored)));
        Assert.Null(row.Quality[0].Accepted);
        Assert.Equal(0.5, row.Quality[0].Score!.Value, 9);
        Assert.Equal(0.2, row.RoutedAgainstLarge!.Value, 9);
        Assert.Null(row.CheapAgainstLarge);
        Assert.Equal(0.75, row.CascadePassed!.Value, 9);
    }

    [Fact]
    public void A_group_in_which_nothing_can_be_compared_saved_nothing_and_divides_by_nothing()
    {
        var row = SavingsRow.Sum(null, [new SavingsCell { State = SavingsState.Open, Runs = 1 }]);

        Assert.Equal((0m, null, 0.0), (row.SavedUsd, row.SavedShare, row.LargeShare));
    }
}
