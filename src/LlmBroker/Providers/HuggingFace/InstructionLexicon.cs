using System.Collections.Frozen;
using System.Reflection;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>The words of instructions and the names of languages, read once from the embedded lists. Thread safe.</summary>
internal static class InstructionLexicon
{
    private const int LongestPhrase = 60;

    private static readonly FrozenDictionary<string, string> s_languages = ReadLanguages();
    private static readonly FrozenDictionary<InstructionWord, FrozenSet<string>> s_words = ReadWords();
    private static readonly FrozenDictionary<string, string> s_codes =
        s_languages.Values.Distinct().Where(code => code.Length == 2).ToFrozenDictionary(code => code.ToUpperInvariant(), code => code);

    // In the order in which they are tried for a word of several kinds.
    private static readonly InstructionWord[] s_inside =
    [
        InstructionWord.Translate, InstructionWord.Summarize, InstructionWord.Classify, InstructionWord.Extract, InstructionWord.Ask, InstructionWord.Below,
        InstructionWord.Above, InstructionWord.From, InstructionWord.To, InstructionWord.FromAfter, InstructionWord.ToAfter,
        InstructionWord.Filler,
    ];

    /// <summary>All of a phrase is one entry of a kind.</summary>
    public static bool Is(InstructionWord kind, ReadOnlySpan<char> phrase) =>
        phrase.Length <= LongestPhrase * 2 && s_words[kind].Contains(Fold(phrase).Trim(' ', '.', ',', '!', ':', '：', '。', '，', '！', ';', '；', '*', '#', '-', '(', ')', '（', '）', '[', ']', '【', '】'));

    /// <summary>A sentence begins with an entry of a kind.</summary>
    public static bool Begins(InstructionWord kind, ReadOnlySpan<char> sentence)
    {
        var folded = Fold(sentence[..Math.Min(sentence.Length, LongestPhrase * 2)]).TrimStart(' ', '(', '（', '[', '*', '-', '#', '"', '“', '•', '【');
        return s_words[kind].Any(entry =>
            folded.StartsWith(entry, StringComparison.Ordinal)
            && (folded.Length == entry.Length || !IsSpaced(entry[^1]) || !char.IsLetterOrDigit(folded[entry.Length])));
    }

    /// <summary>Length of the word between sentences that a sentence begins with; 0 when there is none.</summary>
    public static int LengthOfLink(ReadOnlySpan<char> sentence)
    {
        var folded = Fold(sentence[..Math.Min(sentence.Length, LongestPhrase)], keepLength: true);
        return s_words[InstructionWord.Link]
            .Where(entry => folded.Length > entry.Length
                && folded.StartsWith(entry, StringComparison.Ordinal)
                && (!IsSpaced(entry[^1]) || !char.IsLetterOrDigit(folded[entry.Length])))
            .Select(entry => entry.Length)
            .DefaultIfEmpty()
            .Max();
    }

    /// <summary>Takes a piece apart; null when it holds anything that is in no list.</summary>
    public static List<InstructionToken>? Read(ReadOnlySpan<char> piece)
    {
        if (piece.Length > 600)
            return null;

        var text = piece.ToString();
        var folded = Fold(piece, keepLength: true);
        var tokens = new List<InstructionToken>();
        for (var at = 0; at < folded.Length;)
        {
            if (IsCodePair(text, at, tokens) is > 0 and var pair)
                at += pair;
            else if (Match(text, folded, at) is { Length: > 0 } found)
            {
                tokens.Add(found.Token);
                at += found.Length;
            }
            else if (char.IsLetterOrDigit(folded[at]) || char.IsSymbol(folded[at]))
                return null;
            else
                at++;
        }

        return tokens;
    }

    /// <summary>The languages that a text names, in ISO 639-1, in their order.</summary>
    public static List<string> FindLanguages(ReadOnlySpan<char> text)
    {
        var found = new List<string>();
        var folded = Fold(text, keepLength: true);
        var whole = text.ToString();
        for (var at = 0; at < folded.Length;)
        {
            var match = Match(whole, folded, at);
            if (match is { Length: > 0, Token: { Kind: InstructionWord.Language, Language: { } language } })
                found.Add(language);
            at += Math.Max(1, match.Length);
        }

        return found;
    }

    private static (InstructionToken Token, int Length) Match(string text, string folded, int at)
    {
        // Inside a word of letters with spaces between, nothing begins.
        if (at > 0 && IsSpaced(folded[at]) && char.IsLetterOrDigit(folded[at - 1]) && IsSpaced(folded[at - 1]))
            return default;

        for (var length = Math.Min(LongestPhrase, folded.Length - at); length > 0; length--)
        {
            var end = at + length;
            if (end < folded.Length && IsSpaced(folded[end]) && char.IsLetterOrDigit(folded[end]) && IsSpaced(folded[end - 1]) && char.IsLetterOrDigit(folded[end - 1]))
                continue;

            var phrase = folded.Substring(at, length);
            if (s_languages.TryGetValue(phrase, out var language))
                return (new InstructionToken(InstructionWord.Language, language), length);
            foreach (var kind in s_inside)
                if (s_words[kind].Contains(phrase))
                    return (new InstructionToken(kind), length);
            // EN and ES, but not "it" or "no".
            if (length == 2 && s_codes.TryGetValue(text.Substring(at, 2), out var code))
                return (new InstructionToken(InstructionWord.Language, code), length);
        }

        return default;
    }

    /// <summary><c>英译中</c>, <c>en-es</c>, <c>en→es</c>: a source and a target in one word.</summary>
    private static int IsCodePair(string text, int at, List<InstructionToken> tokens)
    {
        if (at + 3 <= text.Length && text[at + 1] is '译' or '翻' && Han(text[at]) is { } from && Han(text[at + 2]) is { } to)
        {
            tokens.AddRange([new(InstructionWord.Translate), new(InstructionWord.From), new(InstructionWord.Language, from), new(InstructionWord.To), new(InstructionWord.Language, to)]);
            return 3;
        }

        if (at > 0 && char.IsLetterOrDigit(text[at - 1]))
            return 0;
        foreach (var arrow in (ReadOnlySpan<string>)["-", "->", "→", " -> ", " → ", ">", "=>", "_", "/", "2"])
        {
            var second = at + 2 + arrow.Length;
            if (second + 2 <= text.Length && string.CompareOrdinal(text, at + 2, arrow, 0, arrow.Length) == 0
                && (second + 2 == text.Length || !char.IsLetterOrDigit(text[second + 2]))
                && s_codes.TryGetValue(text.Substring(at, 2).ToUpperInvariant(), out var source)
                && s_codes.TryGetValue(text.Substring(second, 2).ToUpperInvariant(), out var target))
            {
                tokens.AddRange([new(InstructionWord.From), new(InstructionWord.Language, source), new(InstructionWord.To), new(InstructionWord.Language, target)]);
                return second + 2 - at;
            }
        }

        return 0;
    }

    private static string? Han(char language) => language switch
    {
        '英' => "en",
        '中' or '汉' => "zh",
        '日' => "ja",
        '法' => "fr",
        '德' => "de",
        '俄' => "ru",
        '韩' => "ko",
        '西' => "es",
        _ => null,
    };

    /// <summary>Scripts that put spaces between words; the others are matched within a run of letters.</summary>
    private static bool IsSpaced(char letter) => letter < '\u0e00' || letter is >= '\u1e00' and < '\u2e80';

    private static string Fold(ReadOnlySpan<char> text, bool keepLength = false)
    {
        var folded = string.Create(text.Length, text, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                target[i] = source[i] switch
                {
                    '’' or '‘' => '\'',
                    var space when char.IsWhiteSpace(space) => ' ',
                    var letter => char.ToLowerInvariant(letter),
                };
        });
        if (keepLength)
            return folded;
        while (folded.Contains("  ", StringComparison.Ordinal))
            folded = folded.Replace("  ", " ", StringComparison.Ordinal);
        return folded.Trim();
    }

    private static FrozenDictionary<string, string> ReadLanguages() =>
        Lines("languages.txt").SelectMany(line => line.Entries.Select(name => (name, line.Head)))
            .DistinctBy(entry => entry.name)
            .ToFrozenDictionary(entry => entry.name, entry => entry.Head, StringComparer.Ordinal);

    private static FrozenDictionary<InstructionWord, FrozenSet<string>> ReadWords() =>
        Lines("instructions.txt").ToFrozenDictionary(
            line => Enum.Parse<InstructionWord>(line.Head, ignoreCase: true), line => line.Entries.ToFrozenSet(StringComparer.Ordinal));

    private static IEnumerable<(string Head, string[] Entries)> Lines(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The resource {resource} is not in the assembly.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var colon = line.IndexOf(':');
            yield return (line[..colon], line[(colon + 1)..].Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
    }
}
