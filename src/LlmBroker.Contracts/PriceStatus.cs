using System.Text.Json.Serialization;

namespace LlmBroker.Contracts;

/// <summary>Whether a cost could be computed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PriceStatus>))]
public enum PriceStatus
{
    /// <summary>The model has no price for that day. An unknown price is never 0.</summary>
    [JsonStringEnumMemberName("unknown")] Unknown = 0,

    /// <summary>Cost is exact by the configured price.</summary>
    [JsonStringEnumMemberName("known")] Known = 1,
}
