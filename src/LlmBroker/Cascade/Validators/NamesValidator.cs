using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LlmBroker.Cascade.Validators;

/// <summary>
/// A translation keeps what is not to be translated: placeholders, tags, code, web and mail addresses to the letter. Of names it is only sure
/// between languages of Latin script: it rejects when a text has at least three and the answer none of them, since places and titles have other names
/// elsewhere (London, Londres).
/// </summary>
internal sealed partial class NamesValidator : ICompletionValidator
{
    private const int FewestNames = 3;

    /// <summary>Letters of a name that must agree: endings change.</summary>
    private const int Stem = 4;

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.Task != "translation" || completion.CallsTools || completion.Passage is not { } text)
            return null;

        foreach (Match match in Kept().Matches(text))
        {
            // What a tag says of itself may be translated, such as a title.
            var kept = match.Groups["tag"] is { Success: true } tag ? tag.Value : match.Value;
            if (!completion.Text.Contains(kept, StringComparison.Ordinal))
                return Missing(match);
        }

        return RejectNames(text, completion);
    }

    /// <summary>Addresses are people's, and are not repeated.</summary>
    private static string Missing(Match match) =>
        match.Groups["placeholder"].Success && match.Length <= 40 ? $"{match.Value} is missing"
        : match.Groups["tag"].Success ? "a tag is missing"
        : match.Groups["code"].Success ? "a piece of code is missing"
        : "an address is missing";

    private static string? RejectNames(string text, CheckedCompletion completion)
    {
        // German writes every noun like a name.
        if (completion.SourceLanguage is null or "de" || !IsLatin(text) || !IsLatin(completion.Text))
            return null;

        var names = Name().Matches(text).Select(match => Fold(match.Value)[..Stem]).ToHashSet(StringComparer.Ordinal);
        if (names.Count < FewestNames)
            return null;
        var answer = Fold(completion.Text);
        return names.Any(name => answer.Contains(name, StringComparison.Ordinal)) ? null : $"none of {names.Count} names is there";
    }

    private static bool IsLatin(string text)
    {
        var letters = text.Count(char.IsLetter);
        return letters > 0 && text.Count(letter => char.IsLetter(letter) && letter is < '\u0250' or (>= '\u1e00' and < '\u1f00')) * 10 > letters * 9;
    }

    private static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var letter in text.Normalize(NormalizationForm.FormD))
        {
            if (CharUnicodeInfo.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark)
                folded.Append(char.ToLowerInvariant(letter));
        }

        return folded.ToString();
    }

    [GeneratedRegex(
        """
        (?<placeholder>\{\{\s*[\w.-]+\s*\}\}|\$?\{[A-Za-z0-9_][\w.-]*\}|%[0-9]+\$[sdif@]|%\([A-Za-z_]\w*\)[sdif]|%[sdif@](?![A-Za-z0-9%]))
        |(?<code>`[^`\n]{1,80}`)
        |(?<tag></?[A-Za-z][A-Za-z0-9]{0,12}(?=[\s/>]))[^<>\n]{0,120}>
        |https?://[^\s<>"'“”)\]}、。,;\uff0c\uff1b\uff09]*[^\s<>"'“”)\]}、。,;:.!?\uff0c\uff1b\uff1a\uff01\uff1f\uff09]
        |[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant,
        2000)]
    private static partial Regex Kept();

    /// <summary>A word with a capital that no sentence begins with.</summary>
    [GeneratedRegex(@"(?<=[\p{Ll},] )\p{Lu}\p{Ll}{3,}", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Name();
}
