namespace LlmBroker.Configuration;

/// <summary>The whole configuration: <c>llmbroker.json</c> with environment variables (<c>LLMBROKER__SECTION__KEY</c>) over it.</summary>
public sealed record BrokerOptions
{
    /// <summary>How to reach RabbitMQ.</summary>
    public RabbitMqOptions RabbitMq { get; init; } = new();

    /// <summary>Where attempts, outcomes and cost are written.</summary>
    public LedgerOptions Ledger { get; init; } = new();

    /// <summary>Vendor accounts by name.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; init; } = [];

    /// <summary>Models by name: tier, limits and price, whoever serves them.</summary>
    public Dictionary<string, ModelOptions> Models { get; init; } = [];

    /// <summary>Deployments by name: a model at one provider account. Their order is the order of preference.</summary>
    public Dictionary<string, DeploymentOptions> Deployments { get; init; } = [];

    /// <summary>Routing policies by name.</summary>
    public Dictionary<string, PolicyOptions> Policies { get; init; } = [];

    /// <summary>What happens to a request that names neither a model nor a policy.</summary>
    public RoutingOptions Routing { get; init; } = new();

    /// <summary>Deadlines and patience per lane.</summary>
    public LanesOptions Lanes { get; init; } = new();

    /// <summary>Caps on one request.</summary>
    public LimitsOptions Limits { get; init; } = new();

    /// <summary>Settings of tenants by their names.</summary>
    public Dictionary<string, TenantOptions> Tenants { get; init; } = [];

    /// <summary>Where traces and metrics go.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();
}
