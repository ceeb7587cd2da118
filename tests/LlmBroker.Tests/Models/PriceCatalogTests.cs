using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Models;
using Xunit;

namespace LlmBroker.Tests.Models;

public sealed class PriceCatalogTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_lists_at_least_60_models_with_a_price_today()
    {
        var models = PriceCatalog.BuiltIn.Models;

        Assert.True(models.Count >= 60, $"{models.Count} models");
        Assert.All(models, model => Assert.True(model.History.At(Now)?.Standard is { Input: > 0, Output: >= 0 }, model.Id));
        Assert.Equal(models.Count, models.Select(model => (model.Vendor, model.Id)).Distinct().Count());
    }

    [Fact]
    public void A_cached_token_never_costs_more_to_read_than_a_new_one_and_a_long_prompt_never_less_than_a_short_one() => Assert.All(
        PriceCatalog.BuiltIn.Models.SelectMany(model => model.History.Periods, (model, period) => (model.Id, period.Price)),
        entry =>
        {
            var (id, price) = entry;
            Assert.True(price.Standard.CacheRead <= price.Standard.Input, id);
            Assert.True(price.BatchFactor is > 0 and <= 1, id);
            if (price.LongContext is { } longContext)
                Assert.True(longContext.Input >= price.Standard.Input && longContext.Output >= price.Standard.Output && price.LongContextAbove > 0, id);
        });

    [Theory]
    [InlineData("openai", "gpt-4o-mini", "gpt-4o-mini")]
    [InlineData("openai", "gpt-4o-mini-2024-07-18", "gpt-4o-mini")]
    [InlineData("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5")]
    [InlineData("anthropic", "claude-3-5-haiku-latest", "claude-3-5-haiku")]
    [InlineData("openai", "gpt-4o-mini-turbo", null)]
    [InlineData("anthropic", "gpt-4o-mini", null)]
    public void Find_knows_names_aliases_and_dated_snapshots(string vendor, string name, string? id) =>
        Assert.Equal(id, PriceCatalog.BuiltIn.Find(vendor, name)?.Id);

    [Fact]
    public void A_price_holds_until_the_next_one()
    {
        var history = PriceCatalog.BuiltIn.Find("anthropic", "claude-sonnet-5")!.History;

        Assert.Equal(2, history.At(new DateTimeOffset(2026, 8, 31, 23, 59, 59, TimeSpan.Zero))!.Standard.Input);
        Assert.Equal(3, history.At(new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero))!.Standard.Input);
    }

    [Fact]
    public void A_call_with_a_long_prompt_is_charged_at_the_long_price_as_a_whole()
    {
        var price = PriceCatalog.BuiltIn.Find("google", "gemini-2.5-pro")!.History.At(Now)!;

        // The cache's tokens are part of the prompt.
        var atLimit = new TokenUsage { InputTokens = 150_000, CacheReadTokens = 50_000, OutputTokens = 1000 };
        var above = atLimit with { CacheReadTokens = 50_001 };

        Assert.Equal((150_000 * 1.25m + 50_000 * 0.125m + 1000 * 10m) / 1_000_000, price.CostOf(atLimit));
        Assert.Equal((150_000 * 2.5m + 50_001 * 0.25m + 1000 * 15m) / 1_000_000, price.CostOf(above));
    }

    [Fact]
    public void Estimate_takes_a_prompt_that_may_turn_out_long_as_long()
    {
        var price = PriceCatalog.BuiltIn.Find("google", "gemini-2.5-pro")!.History.At(Now)!;

        Assert.Equal(180_000 * 2.5m / 1_000_000, price.Estimate(180_000, 0));
        Assert.Equal(100_000 * 1.25m / 1_000_000, price.Estimate(100_000, 0));
    }

    [Theory]
    [InlineData("openai", null, "gpt-5-mini", 0.25)]
    [InlineData("azure-openai", null, "gpt-5-mini", 0.25)]
    [InlineData("vertex", null, "gemini-2.5-flash", 0.3)]
    [InlineData("bedrock", null, "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.0)]
    [InlineData("bedrock", null, "anthropic.claude-3-haiku-20240307-v1:0", 0.25)]
    [InlineData("bedrock", null, "amazon.nova-lite-v1:0", 0.06)]
    [InlineData("openai", "http://localhost:8000/v1/", "gpt-5-mini", null)]
    [InlineData("openai", null, "my-fine-tune", null)]
    public void A_deployment_without_a_price_takes_the_list_price_where_its_seller_is_known(string type, string? baseUrl, string vendorModel, double? input)
    {
        var prices = DeploymentPrices.Find(
            new DeploymentOptions { Provider = "p", Model = "m", VendorModel = vendorModel },
            new ModelOptions { Tier = "cheap" },
            new ProviderOptions { Type = type, BaseUrl = baseUrl is null ? null : new Uri(baseUrl) },
            PriceCatalog.BuiltIn);

        Assert.Equal((decimal?)input, prices?.At(Now)?.Standard.Input);
    }

    [Fact]
    public void A_configured_price_goes_before_the_list_and_an_unknown_one_stays_unknown()
    {
        var provider = new ProviderOptions { Type = "openai" };
        var deployment = new DeploymentOptions { Provider = "p", Model = "gpt-5" };
        PriceHistory? Find(ModelOptions model) => DeploymentPrices.Find(deployment, model, provider, PriceCatalog.BuiltIn);

        Assert.Equal(7, Find(new ModelOptions { Tier = "large", Price = new PriceOptions { Input = 7, Output = 8 } })!.At(Now)!.Standard.Input);
        Assert.Equal(0.3m, Find(new ModelOptions { Tier = "large", ListPrice = "google/gemini-2.5-flash" })!.At(Now)!.Standard.Input);
        Assert.Null(Find(new ModelOptions { Tier = "large", PriceUnknown = true }));
    }
}
