using LlmBroker.Cli.Prices;
using LlmBroker.Models;
using Xunit;

namespace LlmBroker.Tests.Cli.Prices;

public sealed class PriceComparisonTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_list_that_agrees_has_no_difference_but_what_it_lacks()
    {
        var comparison = Compare(Model("nova-micro", 0.035m, 0.14m));

        Assert.Equal((1, 0), (comparison.Compared, comparison.Unexplained));
        Assert.All(comparison.Differences, difference => Assert.Equal("only here", difference.What));
    }

    [Fact]
    public void Each_price_that_differs_is_listed_with_both_amounts()
    {
        var comparison = Compare(Model("nova-micro", 0.04m, 0.2m));

        Assert.Equal(2, comparison.Unexplained);
        Assert.Contains(new PriceDifference("amazon", "nova-micro", "input", 0.035m, 0.04m, null), comparison.Differences);
        Assert.Contains(new PriceDifference("amazon", "nova-micro", "output", 0.14m, 0.2m, null), comparison.Differences);
    }

    [Fact]
    public void A_model_that_the_catalogue_lacks_is_a_difference() =>
        Assert.Contains(Compare(Model("nova-giga", 1, 2)).Differences, difference => difference is { Id: "nova-giga", What: "not listed here", Why: null });

    [Fact]
    public void Prices_of_long_prompts_and_of_other_days_are_compared_with_their_like()
    {
        var list = new OtherPriceList("openai",
        [
            new OtherModel("gpt-5.6-terra", "≤272k", [new OtherPrice(2.5m, 0.25m, 15, null, new DateOnly(2026, 7, 30)), new OtherPrice(2, 0.2m, 12, new DateOnly(2026, 7, 30), null)]),
            new OtherModel("gpt-5.6-terra-272k", ">272k", [new OtherPrice(4, 0.4m, 18, new DateOnly(2026, 7, 30), null)]),
        ]);

        var comparison = PriceComparison.Of(PriceCatalog.BuiltIn, [list], Now);

        Assert.Equal((3, 0), (comparison.Compared, comparison.Unexplained));
    }

    [Fact]
    public void The_lists_at_hand_hold_no_unexplained_difference_and_every_explanation_is_needed()
    {
        var folder = new DirectoryInfo(Repository.PathOf("..", "shared", "data", "prices"));
        Assert.SkipUnless(folder.Exists, "../shared/data/prices is not here.");

        var comparison = PriceComparison.Of(PriceCatalog.BuiltIn, OtherPriceList.ReadAll(folder), Now);

        Assert.DoesNotContain(comparison.Differences, difference => difference.Why is null);
        Assert.All(
            PriceCatalog.BuiltIn.Explained,
            explained => Assert.Contains(comparison.Differences, difference => difference.Vendor == explained.Vendor && difference.Id == explained.Id));
    }

    private static PriceComparison Compare(OtherModel model) => PriceComparison.Of(PriceCatalog.BuiltIn, [new OtherPriceList("amazon", [model])], Now);

    private static OtherModel Model(string id, decimal input, decimal output) => new(id, id, [new OtherPrice(input, null, output, null, null)]);
}
