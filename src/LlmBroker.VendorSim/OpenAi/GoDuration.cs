using System.Globalization;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>Durations as Go prints them and OpenAI sends them: <c>120ms</c>, <c>1s</c>, <c>6m0s</c>, <c>1m30.951s</c>.</summary>
internal static class GoDuration
{
    public static string Format(TimeSpan duration)
    {
        var milliseconds = (long)Math.Ceiling(duration.TotalMilliseconds);
        if (milliseconds == 0)
            return "0s";
        if (milliseconds < 1000)
            return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");

        var (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60);
        var seconds = (milliseconds % 60_000) / 1000m;
        var prefix = hours > 0 ? $"{hours}h{minutes}m" : minutes > 0 ? $"{minutes}m" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{prefix}{seconds:0.###}s");
    }
}
