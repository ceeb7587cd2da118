using LlmBroker.Configuration;
using LlmBroker.Providers;

namespace LlmBroker.Models;

/// <summary>A model at one provider account, with everything that a call needs to know.</summary>
internal sealed record Deployment
{
    public required string Name { get; init; }
    public required string Provider { get; init; }
    public required string Model { get; init; }

    /// <summary>What the vendor calls the model.</summary>
    public required string VendorModel { get; init; }

    public required string Tier { get; init; }
    public required int MaxOutputTokens { get; init; }
    public required int? ContextWindow { get; init; }

    /// <summary>What it can do: the vendor's API, with what the model and the deployment say of themselves.</summary>
    public ModelCapabilities Capabilities { get; init; } = ModelCapabilities.All;

    /// <summary>Null when the price is unknown.</summary>
    public required PriceHistory? Prices { get; init; }

    public required DeploymentOptions Options { get; init; }

    /// <summary>Null when the price is, or was, unknown.</summary>
    public ListPrice? PriceAt(DateTimeOffset time) => Prices?.At(time);
}
