namespace LlmBroker.Configuration;

/// <summary>Settings of one tenant. Who is a tenant is told by <c>llmbroker tenants</c>; without any, everybody is <c>default</c>.</summary>
public sealed record TenantOptions
{
    /// <summary>Policy for this tenant's requests that name neither a policy nor a model. Default: <c>routing.defaultPolicy</c>.</summary>
    public string? DefaultPolicy { get; init; }

    /// <summary>What of this tenant's is kept for a shorter time.</summary>
    public TenantRetentionOptions Retention { get; init; } = new();
}
