using System.Text.RegularExpressions;

namespace LlmBroker.Simulation.Answers;

/// <summary>What a translation would leave as it is: numbers, placeholders, code, addresses and names.</summary>
internal static partial class KeptWords
{
    /// <param name="text">The text to translate.</param>
    /// <param name="withNames">Names stay too, as they do between languages of one script.</param>
    public static string Of(string text, bool withNames) => string.Join(
        ", ", Kept().Matches(text).Where(match => withNames || !match.Groups["name"].Success).Select(match => match.Value).Distinct());

    /// <summary>The first number with other digits; one that is made up where there is none.</summary>
    public static string Miscounted(string text) => Number().IsMatch(text)
        ? Number().Replace(text, match => string.Concat(match.Value.Select(digit => char.IsAsciiDigit(digit) ? (char)('1' + ((digit - '0' + 3) % 9)) : digit)), 1)
        : $"{text} 48,317";

    [GeneratedRegex(
        """
        \{\{[^{}\n]{1,40}\}\}|\$?\{[^{}\s]{1,40}\}|%[0-9]*\$?[sdif@]|`[^`\n]{1,80}`|</?[A-Za-z][^<>\n]{0,120}>
        |https?://[^\s"')]*[^\s"').,;]|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+
        |[0-9]{1,3}(?:[\ \u00a0\u202f][0-9]{3})+(?![0-9])|[0-9]+(?:[.,:/-][0-9]+)*\s?(?:%|万亿|[万亿]|million|billion)?
        |(?<name>(?<=[\p{Ll},]\ )\p{Lu}\p{Ll}{2,})
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Kept();

    [GeneratedRegex(@"(?<![\w{%$])[0-9][0-9.,]*[0-9](?![\w}])")]
    private static partial Regex Number();
}
