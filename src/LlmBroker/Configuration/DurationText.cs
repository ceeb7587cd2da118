using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmBroker.Configuration;

/// <summary>Durations as people write them: <c>500ms</c>, <c>30s</c>, <c>2m</c>, <c>1h</c>, <c>7d</c>, or <c>00:00:30</c>.</summary>
internal static partial class DurationText
{
    /// <summary>The accepted texts, as a JSON Schema pattern.</summary>
    public const string Pattern = @"^(\d+(\.\d+)?(ms|s|m|h|d)|(\d+\.)?([01]?\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?)$";

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Accepted().Match(text);
        if (!match.Success)
            return false;

        var unit = match.Groups["unit"].Value;
        if (unit.Length == 0)
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration);

        var length = Units.Single(known => known.Unit == unit).Length;
        if (!decimal.TryParse(match.Groups["number"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number > long.MaxValue / length.Ticks)
            return false;
        duration = TimeSpan.FromTicks((long)(number * length.Ticks));
        return true;
    }

    /// <summary>The shortest text that <see cref="TryParse"/> reads back.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0s";
        foreach (var (unit, length) in Units)
            if (duration.Ticks % length.Ticks == 0)
                return $"{duration.Ticks / length.Ticks}{unit}";
        return duration.ToString("c", CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^(?:(?<number>\d+(\.\d+)?)(?<unit>ms|s|m|h|d)|(\d+\.)?([01]?\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,7})?)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Accepted();
}
