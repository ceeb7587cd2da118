using System.Globalization;

namespace LlmBroker.Simulation.Google;

/// <summary>A <c>google.protobuf.Duration</c> in JSON: seconds with a point and an s.</summary>
internal static class GoogleDuration
{
    public static string Format(TimeSpan duration) => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.#########}s");
}
