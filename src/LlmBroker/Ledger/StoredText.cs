using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace LlmBroker.Ledger;

/// <summary>Text that every database takes: Postgres knows no NUL character, and UTF-8 has no lone surrogates.</summary>
internal static class StoredText
{
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text)
    {
        if (text is null || IsClean(text))
            return text;

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append((rune.Value == 0 ? Rune.ReplacementChar : rune).ToString());
        return clean.ToString();
    }

    /// <summary>The same for JSON, where the serializer has escaped what must go.</summary>
    public static string CleanJson(string json) =>
        json.Contains("\\u0000", StringComparison.Ordinal) ? json.Replace("\\u0000", "\\uFFFD", StringComparison.Ordinal) : json;

    private static bool IsClean(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
            return !text.Contains('\0', StringComparison.Ordinal);

        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == 0 || rune == Rune.ReplacementChar)
                return false;
        }

        return true;
    }
}
