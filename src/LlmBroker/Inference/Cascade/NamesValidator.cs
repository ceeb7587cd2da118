using System.Text.RegularExpressions;
using LlmBroker.Configuration;
using LlmBroker.Routing;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// A translation that changed what is not to be translated: addresses of the web and of mail, and what stands for something else ({name}, %s, &lt;b&gt;);
/// between languages of the Latin script also names, when more than half of those of two words are gone. Names into and out of other scripts pass:
/// they are written anew there.
/// </summary>
internal sealed partial class NamesValidator : ICompletionValidator
{
    private static readonly HashSet<string> Latin =
        ["en", "es", "fr", "de", "it", "pt", "nl", "pl", "cs", "sk", "sv", "da", "no", "fi", "tr", "ro", "hu", "vi", "id", "ca", "hr"];

    public string Name => CascadeValidatorNames.Names;

    public string? FindFault(in CheckedCompletion completion)
    {
        if (completion.Task != TaskKind.Translation.ToWire())
            return null;

        foreach (var text in completion.Texts())
        {
            foreach (var match in Fixed().EnumerateMatches(completion.Source))
            {
                var kept = completion.Source.AsSpan(match.Index, match.Length).TrimEnd(".,;:!?)");
                if (!text.AsSpan().Contains(kept, StringComparison.OrdinalIgnoreCase))
                    return $"'{Cut(kept)}' of the text is missing";
            }

            if (completion is { SourceLanguage: { } from, TargetLanguage: { } to } && Latin.Contains(from) && Latin.Contains(to) && FindLostNames(completion.Source, text) is { } lost)
                return $"the name '{Cut(lost)}' of the text is missing";
        }

        return null;
    }

    /// <summary>The first of the names that are gone, when that are more than half of them.</summary>
    private static string? FindLostNames(string source, string answer)
    {
        var (names, lost) = (0, 0);
        string? first = null;
        foreach (Match match in FullName().Matches(source))
        {
            names++;
            // One word of it is enough: titles and places are translated, and cases bend the other.
            if (match.Value.Split(' ').Any(word => answer.Contains(word[..Math.Max(3, word.Length - 2)], StringComparison.OrdinalIgnoreCase)))
                continue;
            lost++;
            first ??= match.Value;
        }

        return lost * 2 > names ? first : null;
    }

    private static string Cut(ReadOnlySpan<char> text) => text.Length <= 60 ? text.ToString() : $"{text[..60]}…";

    [GeneratedRegex(@"https?://[^\s<>""'，。；、）)]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}|\{\{?[A-Za-z_][\w.]*\}?\}|\$\{[\w.]+\}|%(?:\d+\$)?[sd]\b|</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>")]
    private static partial Regex Fixed();

    /// <summary>Two or three words with capitals inside a sentence.</summary>
    [GeneratedRegex(@"(?<=[\p{Ll},;] )\p{Lu}\p{Ll}{2,}(?: \p{Lu}\p{Ll}{2,}){1,2}")]
    private static partial Regex FullName();
}
