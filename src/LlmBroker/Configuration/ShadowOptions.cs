using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>
/// Shadow traffic of a model: copies of requests run on another deployment in the lane <c>bulk</c>. Their results are recorded for the
/// tenant <c>{tenant}~shadow</c>, with a cost of their own, and never answered; a copy that cannot be made or fails touches nothing else.
/// </summary>
public sealed record ShadowOptions
{
    /// <summary>The deployment that runs the copies; a request that it serves itself is not copied.</summary>
    [JsonRequired]
    public string Deployment { get; init; } = "";

    /// <summary>Part of the requests that is copied, always the same ones; 0 to 1.</summary>
    [JsonRequired]
    public double Share { get; init; }

    /// <summary>Most copies a minute of one router process. Default: 60.</summary>
    public int MaxPerMinute { get; init; } = 60;

    /// <summary>Most that the deployment's copies may cost in a UTC day, in USD, with those under way at their estimate. Default: 1.</summary>
    public decimal MaxUsdPerDay { get; init; } = 1;
}
