using LlmBroker.Learning;
using LlmBroker.Training;
using Xunit;

namespace LlmBroker.Tests.Learning;

public sealed class LedgerDaysTests
{
    private static readonly DateTimeOffset FirstDay = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly LedgerExample[] TenDays = OwnTraffic.Examples(OwnTraffic.Make(FirstDay, days: 10, perDay: 150, seed: 5));

    [Fact]
    public void HeldOutFromOf_is_a_midnight_of_universal_time() =>
        Assert.Equal(FirstDay.AddDays(2), LedgerDays.HeldOutFromOf(new DateTimeOffset(2026, 3, 11, 1, 30, 0, TimeSpan.FromHours(2)), 7));

    [Fact]
    public void Of_parts_the_days_and_leaves_out_what_has_no_features()
    {
        var examples = TenDays.Select((example, i) => i % 10 == 0 ? example with { Features = null } : example).ToArray();

        var days = LedgerDays.Of(examples, FirstDay.AddDays(7));

        Assert.All(days.Learning, example => Assert.True(example.AcceptedAt < FirstDay.AddDays(7)));
        Assert.All(days.HeldOut, example => Assert.True(example.AcceptedAt >= FirstDay.AddDays(7) && example is { OfCheap: true, Features: not null }));
        Assert.Equal(examples.Count(example => example.OfCheap), days.LearntCheap + days.HeldOut.Count + days.WithoutFeatures);
        Assert.Equal(examples.Count(example => !example.OfCheap && example.AcceptedAt < FirstDay.AddDays(7)), days.Learning.Count - days.LearntCheap);
        Assert.InRange(days.LargeBad, 0.001, 0.08);
        Assert.False(days.ByLot);
        Assert.Null(days.WhyNot(learns: true));
    }

    [Fact]
    public void Of_measures_on_what_a_lot_chose_where_that_is_enough()
    {
        var days = LedgerDays.Of([.. TenDays.Select((example, i) => i % 5 > 0 ? example with { Arm = "cheap" } : example)], FirstDay.AddDays(6));

        Assert.True(days.ByLot);
        Assert.All(days.HeldOut, example => Assert.NotNull(example.Arm));
    }

    [Fact]
    public void WhyNot_of_nothing_names_what_gives_labels() =>
        Assert.Contains("llmbroker feedback", LedgerDays.Of([], FirstDay).WhyNot(learns: true), StringComparison.Ordinal);

    [Fact]
    public void WhyNot_of_labels_on_one_day_says_on_which_side_they_are_missing_and_how_to_get_some()
    {
        var oneDay = OwnTraffic.Examples(OwnTraffic.Make(FirstDay, days: 1, perDay: 600, seed: 5));

        var heldOut = LedgerDays.Of(oneDay, FirstDay).WhyNot(learns: true);
        Assert.StartsWith("There are 0 labelled cheap answers with features before 2026-03-01, which are learnt from; it takes 200: fewer --hold-out-days", heldOut, StringComparison.Ordinal);
        Assert.Null(LedgerDays.Of(oneDay, FirstDay).WhyNot(learns: false));
        Assert.Contains("0 labelled cheap answers with features from 2026-03-02 on, which are held out", LedgerDays.Of(oneDay, FirstDay.AddDays(1)).WhyNot(learns: true), StringComparison.Ordinal);
    }

    [Fact]
    public void WhyNot_of_labels_without_features_names_the_settings_that_keep_them()
    {
        var reason = LedgerDays.Of([.. TenDays.Select(example => example with { Features = null })], FirstDay.AddDays(7)).WhyNot(learns: true);

        Assert.Contains("raise routing.learning.share, and ledger.retention.payloads", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void WhyNot_of_answers_that_are_all_good_says_so()
    {
        var reason = LedgerDays.Of([.. TenDays.Select(example => example with { Bad = false })], FirstDay.AddDays(7)).WhyNot(learns: true);

        Assert.Contains(", 0 are bad; it takes 20 bad ones and as many good ones", reason, StringComparison.Ordinal);
    }
}
