using System.Text.RegularExpressions;

namespace LlmBroker.Configuration;

/// <summary>Paths in the form <c>deployments.openai-mini.model</c>; a name that would be misread as several is quoted: <c>models['gpt-4.1'].tier</c>.</summary>
internal static partial class ConfigurationPath
{
    public static string Of(string parent, string name)
    {
        if (!PlainName().IsMatch(name))
            return $"{parent}['{name}']";
        return parent.Length == 0 ? name : $"{parent}.{name}";
    }

    public static bool IsAtOrBelow(string path, string ancestor) =>
        path.StartsWith(ancestor, StringComparison.Ordinal) && (path.Length == ancestor.Length || path[ancestor.Length] is '.' or '[');

    /// <summary>The names in a path, each with whether it was quoted; null when the text is no path.</summary>
    public static IReadOnlyList<(string Name, bool Quoted)>? Parse(string text)
    {
        if (!WholePath().IsMatch(text))
            return null;
        return [.. Name().Matches(text).Select(match => match.Groups["quoted"] is { Success: true } quoted ? (quoted.Value, true) : (match.Groups["plain"].Value, false))];
    }

    [GeneratedRegex(@"^([^.\[\]']+|\['[^']*'\])(\.[^.\[\]']+|\['[^']*'\])*\z")]
    private static partial Regex WholePath();

    [GeneratedRegex(@"\['(?<quoted>[^']*)'\]|(?<plain>[^.\[\]']+)")]
    private static partial Regex Name();

    [GeneratedRegex("^[A-Za-z0-9_$/-]+$")]
    private static partial Regex PlainName();
}
