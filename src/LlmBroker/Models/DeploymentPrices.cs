using System.Text.RegularExpressions;
using LlmBroker.Configuration;

namespace LlmBroker.Models;

/// <summary>Which price a deployment has: the configured one, else the catalogue's. Pure.</summary>
internal static partial class DeploymentPrices
{
    /// <summary>Null when the price is unknown.</summary>
    public static PriceHistory? Find(DeploymentOptions deployment, ModelOptions model, ProviderOptions provider, PriceCatalog catalog)
    {
        if (model.PriceUnknown)
            return null;
        if (model.Price is { } price)
            return PriceHistory.Always(Configured(price));
        if (model.ListPrice is { } name)
            return FindNamed(name, catalog)?.History;

        // Behind another address may be anybody, under whatever name and at whatever price.
        return provider.BaseUrl is null && Seller(provider.Type, deployment.VendorModel ?? deployment.Model) is var (vendor, vendorModel)
            ? catalog.Find(vendor, vendorModel)?.History
            : null;
    }

    /// <param name="name"><c>vendor/model</c>.</param>
    /// <param name="catalog">Where to look.</param>
    public static CatalogPrice? FindNamed(string name, PriceCatalog catalog) =>
        name.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? catalog.Find(name[..slash], name[(slash + 1)..]) : null;

    private static ListPrice Configured(PriceOptions price) => new(Price.Of(price.Input, price.Output, price.CacheRead, price.CacheWrite))
    {
        LongContextAbove = price.LongContext?.AbovePromptTokens,
        LongContext = price.LongContext is { } amounts ? Price.Of(amounts.Input, amounts.Output, amounts.CacheRead, amounts.CacheWrite) : null,
    };

    /// <summary>The catalogue's words for a provider type and what the provider calls the model.</summary>
    private static (string Vendor, string Model) Seller(string providerType, string vendorModel) => providerType.ToLowerInvariant() switch
    {
        "azure-openai" => ("openai", vendorModel),
        "gemini" or "vertex" => ("google", vendorModel),
        // us.anthropic.claude-sonnet-4-5-20250929-v1:0
        "bedrock" when BedrockModel().Match(vendorModel) is { Success: true } match => (match.Groups["vendor"].Value, match.Groups["model"].Value),
        var type => (type, vendorModel),
    };

    [GeneratedRegex(@"^(?:[a-z-]+\.)?(?<vendor>anthropic|amazon|mistral|meta|deepseek|qwen)\.(?<model>.+?)(?:-v[0-9]+)?(?::[0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex BedrockModel();
}
