using System.Text.Json.Serialization;

namespace LlmBroker.Control;

/// <summary>Why a deployment is held.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HoldCause>))]
internal enum HoldCause
{
    Unknown = 0,

    /// <summary>The vendor asked to wait: rate limited, or its quota is used up.</summary>
    Vendor = 1,

    /// <summary>A process found the vendor down.</summary>
    Breaker = 2,
}
