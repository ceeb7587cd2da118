using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>A model, whoever serves it.</summary>
public sealed record ModelOptions
{
    /// <summary><c>cheap</c> or <c>large</c>.</summary>
    [JsonRequired]
    public string Tier { get; init; } = "";

    /// <summary>Tokens that prompt and answer may have together; null: not checked by the broker.</summary>
    public int? ContextWindow { get; init; }

    /// <summary>Most tokens of one answer; used for estimates and where a vendor demands a number. Default: 4096.</summary>
    public int MaxOutputTokens { get; init; } = 4096;

    /// <summary>Where the model can do less or more than its vendor's API; a deployment's own word wins.</summary>
    public CapabilityOptions Capabilities { get; init; } = new();

    /// <summary>
    /// How one of the model's deployments is chosen: <c>order</c> (of the configuration), <c>weighted</c>, <c>least-in-flight</c>,
    /// <c>lowest-cost</c> or <c>lowest-latency</c>. Default: order.
    /// </summary>
    public string Strategy { get; init; } = Routing.DeploymentStrategy.Order;

    /// <summary>A part of the model's requests that also runs elsewhere, unseen by the producers. Default: none.</summary>
    public ShadowOptions? Shadow { get; init; }

    /// <summary>What it costs, when that is not the vendor's list price. Default: the list price by <see cref="ListPrice"/>.</summary>
    public PriceOptions? Price { get; init; }

    /// <summary>
    /// <c>vendor/model</c> in the price catalogue (<c>llmbroker prices list</c>). Default: the provider's type and the vendor's name for the model,
    /// where the account sets no <c>baseUrl</c>.
    /// </summary>
    public string? ListPrice { get; init; }

    /// <summary>Says that the price is not known: costs are recorded as unknown, never as 0. Default: false.</summary>
    public bool PriceUnknown { get; init; }
}
