using System.Text;
using System.Text.RegularExpressions;

namespace LlmBroker.Providers;

/// <summary>Makes a vendor's words fit to be kept and shown: short, without keys, without what the caller wrote.</summary>
/// <remarks>
/// Vendors quote values of the request in their refusals, some dump the whole of what they did not like. So of a message only the first
/// sentence is kept, nothing of a dump, and a quotation only when it reads like an identifier (<c>'messages[0].role'</c>): prompts have spaces
/// or are long. Type, code and parameter are the vendor's own words and say in most cases what the rest would.
/// </remarks>
internal static partial class VendorMessage
{
    private const int MaxLength = 500;
    private const int MaxWord = 100;

    public static string From(int status, VendorErrorBody error, string? apiKey)
    {
        var text = new StringBuilder().Append("HTTP ").Append(status);
        AppendWord(text, error.Type, " ");
        if (error.Code != error.Type)
            AppendWord(text, error.Code, " ");
        if (error.Param is { } param)
            AppendWord(text, param, " at ");
        if (Sentence(error.Message) is { Length: > 0 } sentence)
            text.Append(": ").Append(sentence);
        return Cut(Mask(text.ToString(), apiKey), MaxLength);
    }

    private static void AppendWord(StringBuilder text, string? word, string before)
    {
        if (!string.IsNullOrWhiteSpace(word))
            text.Append(before).Append(Cut(ControlCharacters().Replace(word, " "), MaxWord));
    }

    private static string? Sentence(string? message)
    {
        var text = message?.Trim();
        if (text is null || text.StartsWith('{') || text.StartsWith('['))
            return null;

        // Quotations first: one may hold the end of a sentence.
        text = Quotation().Replace(text, match => IsIdentifier(match.Groups["inner"].ValueSpan) ? match.Value : "'…'");
        var end = SentenceEnd().Match(text);
        return ControlCharacters().Replace(end.Success ? text[..(end.Index + 1)].TrimEnd() : text, " ");
    }

    private static bool IsIdentifier(ReadOnlySpan<char> quoted) => quoted.Length <= 64 && !quoted.ContainsAny(" \t\r\n");

    private static string Mask(string text, string? apiKey)
    {
        if (!string.IsNullOrEmpty(apiKey))
            text = text.Replace(apiKey, "***", StringComparison.Ordinal);
        return Key().Replace(text, "***");
    }

    private static string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;

        var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }

    // An apostrophe inside a word (model's) does not open a quotation. One that never closes runs to the end.
    [GeneratedRegex("""(?<![\p{L}\p{N}])(?<quote>['"`])(?<inner>.*?)(?:\k<quote>(?![\p{L}\p{N}])|$)""", RegexOptions.Singleline)]
    private static partial Regex Quotation();

    [GeneratedRegex("""[.!?](?=\s)|[\r\n]""")]
    private static partial Regex SentenceEnd();

    // What vendors' keys look like, whole or already shortened by the vendor with stars; and any long run without a break that a name would have.
    [GeneratedRegex("""(?:\b(?:sk|pk|rk|gsk|xai|key|api)[-_]|\bAIza|\bBearer\s+)[\w*.\-]{6,}|\b(?=[A-Za-z]*[0-9])[A-Za-z0-9]{32,}\b""")]
    private static partial Regex Key();

    [GeneratedRegex("""[\p{Cc}\p{Cf}]""")]
    private static partial Regex ControlCharacters();
}
