namespace LlmBroker.Configuration;

/// <summary>What happens to a request that names neither a model nor a policy: the policy if one is set here, else the model.</summary>
public sealed record RoutingOptions
{
    /// <summary>Policy for requests that name neither.</summary>
    public string? DefaultPolicy { get; init; }

    /// <summary>Model for requests that name neither, when there is no default policy.</summary>
    public string? DefaultModel { get; init; }
}
