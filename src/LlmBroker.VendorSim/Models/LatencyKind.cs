using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

/// <summary>How the time to an answer is distributed.</summary>
public enum LatencyKind
{
    /// <summary>Not set; refused by validation.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown = 0,

    /// <summary>Always <see cref="SimulatedLatency.Ms"/>.</summary>
    [JsonStringEnumMemberName("fixed")]
    Fixed,

    /// <summary>Evenly between <see cref="SimulatedLatency.MinMs"/> and <see cref="SimulatedLatency.MaxMs"/>.</summary>
    [JsonStringEnumMemberName("uniform")]
    Uniform,

    /// <summary>Log-normal through <see cref="SimulatedLatency.MedianMs"/> and <see cref="SimulatedLatency.P95Ms"/>: the long tail of real vendors.</summary>
    [JsonStringEnumMemberName("lognormal")]
    Lognormal,
}
