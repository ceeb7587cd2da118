using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;

namespace LlmBroker.Routing;

/// <summary>How prompts and cues are read alike: lower case, Latin letters without accents, one character for one character.</summary>
internal static class CueText
{
    public static readonly SearchValues<char> SentenceEnds = SearchValues.Create(".!?\n。！？；;");

    // U+00C0 to U+00FF. People leave accents out, in Spanish and Portuguese above all.
    private const string LatinWithoutAccents = "aaaaaaaceeeeiiiidnooooo×ouuuuyþßaaaaaaaceeeeiiiidnooooo÷ouuuuyþy";

    public static string Normalize(string text) =>
        string.Create(text.Length, text, static (target, source) => Normalize(source, target));

    public static void Normalize(ReadOnlySpan<char> source, Span<char> target)
    {
        for (var i = 0; i < source.Length; i++)
            target[i] = Normalize(source[i]);
    }

    /// <summary>Characters of scripts written without spaces between words, and Hangul, whose particles cling to the word.</summary>
    public static bool IsIdeograph(char c) => c >= '\u2E80';

    /// <summary>Judged by the first hundred characters.</summary>
    public static bool IsMostlyIdeographs(ReadOnlySpan<char> text)
    {
        var sample = text[..Math.Min(text.Length, 100)];
        var ideographs = 0;
        foreach (var c in sample)
            ideographs += IsIdeograph(c) ? 1 : 0;
        return ideographs * 2 > sample.Length;
    }

    /// <summary>Whether a word can begin or end before <paramref name="index"/>.</summary>
    public static bool IsBoundary(ReadOnlySpan<char> text, int index) =>
        index <= 0 || index >= text.Length || !IsWordLetter(text[index - 1]) || !IsWordLetter(text[index]);

    public static int KeyAt(ReadOnlySpan<char> text, int index) =>
        IsIdeograph(text[index]) || index + 1 >= text.Length ? text[index] : (text[index] << 16) | text[index + 1];

    /// <summary>The four characters at <paramref name="index"/> as one number, 0 for those behind the end.</summary>
    public static ulong FourAt(ReadOnlySpan<char> text, int index)
    {
        var rest = text[index..];
        if (rest.Length >= 4)
            return MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(rest));
        Span<char> four = ['\0', '\0', '\0', '\0'];
        rest.CopyTo(four);
        return MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(four));
    }

    public static bool IsWordLetter(char c) =>
        c < 128
            ? char.IsAsciiLetterOrDigit(c) || c == '_'
            : c < '\u2E80' && (char.IsLetterOrDigit(c) || IsVowelSign(c));

    // In Hindi or Bengali these are parts of words, though not letters.
    private static bool IsVowelSign(char c) =>
        char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static char Normalize(char c) => c switch
    {
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        < '\u00A0' => c,
        '\u00A0' or '\u3000' => ' ',
        >= '\u00C0' and <= '\u00FF' => LatinWithoutAccents[c - 0xC0],
        '\u2018' or '\u2019' => '\'',
        >= '\uFF01' and <= '\uFF5E' => Normalize((char)(c - 0xFEE0)), // full-width forms of ASCII
        < '\u2E80' => char.ToLowerInvariant(c),
        _ => c,
    };
}
