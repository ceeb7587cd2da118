using System.Text.Json.Serialization;

namespace LlmBroker.Configuration;

/// <summary>A model that judges the answers of another one. Its calls are attempts of the request, with their cost.</summary>
public sealed record JudgeOptions
{
    /// <summary>Name of the model.</summary>
    [JsonRequired]
    public string Model { get; init; } = "";

    /// <summary>The least score that passes, 0 to 10. Default: 7.</summary>
    public double MinScore { get; init; } = 7;

    /// <summary>Part of the answers that is judged, always those of the same requests; 0 to 1. Default: 1.</summary>
    public double Share { get; init; } = 1;
}
