using System.Globalization;

namespace LlmBroker.Cli;

/// <summary>Values as table cells.</summary>
internal static class CellText
{
    public static string Money(decimal? usd) => usd is { } known ? known.ToString("0.000000", CultureInfo.InvariantCulture) : "unknown";

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";
}
