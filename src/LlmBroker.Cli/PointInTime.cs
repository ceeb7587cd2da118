using System.CommandLine.Parsing;
using System.Globalization;
using LlmBroker.Configuration;

namespace LlmBroker.Cli;

/// <summary>Reads <c>24h</c> or <c>7d</c> (ago), or an ISO 8601 time.</summary>
internal static class PointInTime
{
    public static DateTimeOffset? Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (DurationText.TryParse(text, out var ago))
            return TimeProvider.System.GetUtcNow() - ago;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return time;

        result.AddError($"'{text}' is no time; write an age such as 24h or 7d, or an ISO 8601 time such as 2026-11-22T00:00Z.");
        return null;
    }
}
