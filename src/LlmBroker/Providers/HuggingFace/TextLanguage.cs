using System.Buffers;
using System.Collections.Frozen;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>
/// Which language a text may be in: by its script where that tells, by its commonest words where the script is Latin. Says so when it does not know:
/// a model of one language must not get a text of another.
/// </summary>
internal static class TextLanguage
{
    private static readonly FrozenDictionary<string, FrozenSet<string>> s_common = new Dictionary<string, string>
    {
        ["en"] = "the of and to in is was that for with are on as by at from this it he she they we you i have has not but be which were his her an or will good how what hello my your please thank thanks a",
        ["es"] = "el la los las de del que y en un una por con para es se no su al como más pero sus fue está son muy hola gracias buenos días qué cómo yo tú mi",
        ["fr"] = "le la les de des du et en un une est que qui pour dans pas ne sur au avec ce il elle je vous nous sont par plus bonjour merci mais son sa ses",
        ["de"] = "der die das und ist nicht ein eine zu den mit von für auf im dem des sich es ich wir sie er auch als war wird an nach bei guten hallo danke",
        ["it"] = "il lo la gli le di del della che e è un una per con non in si sono da al come più ma anche questo ciao grazie",
        ["pt"] = "o a os as de do da dos das que e é um uma para com não em se por mais como mas foi ao são muito olá obrigado você",
        ["nl"] = "de het een en van is niet dat in op te zijn met voor ik je hij zij wij aan er maar om ook als bij dit",
    }.ToFrozenDictionary(entry => entry.Key, entry => entry.Value.Split(' ').ToFrozenSet(StringComparer.Ordinal), StringComparer.Ordinal);

    private static readonly SearchValues<char> s_notRussian = SearchValues.Create("іїєґўқәјљњ");
    private static readonly SearchValues<char> s_notArabic = SearchValues.Create("پچژگ");

    public static bool HasHan(string text) => text.Any(IsHan);

    public static bool IsHan(char letter) => letter is >= '\u4e00' and <= '\u9fff' or >= '\u3400' and <= '\u4dbf';

    /// <summary>The language in ISO 639-1, or null when it is not certain.</summary>
    public static string? Detect(string text)
    {
        int latin = 0, han = 0, kana = 0, hangul = 0, cyrillic = 0, arabic = 0, devanagari = 0, thai = 0, greek = 0, hebrew = 0, letters = 0;
        foreach (var letter in text)
        {
            if (!char.IsLetter(letter))
                continue;
            letters++;
            switch (letter)
            {
                case < '\u0250' or (>= '\u1e00' and < '\u1f00'): latin++; break;
                case >= '\u0370' and < '\u0400': greek++; break;
                case >= '\u0400' and < '\u0530': cyrillic++; break;
                case >= '\u0590' and < '\u0600': hebrew++; break;
                case >= '\u0600' and < '\u0780': arabic++; break;
                case >= '\u0900' and < '\u0980': devanagari++; break;
                case >= '\u0e00' and < '\u0e80': thai++; break;
                case >= '\u3040' and < '\u3100': kana++; break;
                case >= '\uac00' and < '\ud7b0': hangul++; break;
                case var _ when IsHan(letter): han++; break;
            }
        }

        bool Most(int count) => count * 2 > letters;
        if (letters == 0)
            return null;
        if (kana > 0 && Most(kana + han))
            return "ja";
        if (Most(han))
            return "zh";
        if (Most(hangul))
            return "ko";
        if (Most(thai))
            return "th";
        if (Most(greek))
            return "el";
        if (Most(hebrew))
            return "he";
        if (Most(devanagari))
            return "hi";
        if (Most(arabic))
            return text.AsSpan().ContainsAny(s_notArabic) ? null : "ar";
        if (Most(cyrillic))
            return text.AsSpan().ContainsAny(s_notRussian) ? null : "ru";
        return Most(latin) ? DetectLatin(text) : null;
    }

    private static string? DetectLatin(string text)
    {
        var words = text.ToLowerInvariant().Split([' ', '\n', '\t', '.', ',', ';', ':', '!', '?', '"', '(', ')', '“', '”', '\''], StringSplitOptions.RemoveEmptyEntries);
        var counts = s_common.Select(language => (language.Key, Count: words.Count(language.Value.Contains))).OrderByDescending(entry => entry.Count).ToList();
        var (best, count) = counts[0];
        return count > 0 && count >= counts[1].Count * 1.5 ? best : null;
    }
}
