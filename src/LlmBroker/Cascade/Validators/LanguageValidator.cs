using System.Text.RegularExpressions;
using LlmBroker.Providers.HuggingFace;

namespace LlmBroker.Cascade.Validators;

/// <summary>
/// A translation is in the language that was asked for, and any other answer in one that the request is in. It passes where the language cannot be
/// told, where a part of it is in the right one, between languages that are easily taken for each other, and in tasks whose answer may be in
/// none: code, mathematics, labels, extracts, JSON. So does an answer that is no translation where the request names a language.
/// </summary>
/// <param name="detect">Language of a text in ISO 639-1; null when it is not certain.</param>
internal sealed partial class LanguageValidator(Func<string, string?> detect) : ICompletionValidator
{
    /// <summary>In Latin letters; a shorter text may be a name.</summary>
    private const int FewestLetters = 24;

    /// <summary>In Latin letters: as much as "Summarize" or 总结 has.</summary>
    private const int FewestOfInstruction = 6;

    /// <summary>Characters at either end in which an instruction is looked for.</summary>
    private const int EdgeLength = 80;

    private static readonly string[] WithoutLanguage = ["code", "math_reasoning", "classification", "extraction"];

    /// <summary>Languages that short texts do not tell apart.</summary>
    private static readonly string[][] Near =
        [["no", "nb", "nn", "da", "sv"], ["cs", "sk"], ["hr", "sr", "bs", "sl"], ["id", "ms"], ["es", "pt", "gl", "ca"], ["ru", "uk", "be", "bg", "sr", "mk"], ["hi", "mr", "ne"], ["ar", "fa", "ur"], ["nl", "af", "de"]];

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.CallsTools || completion.WantsJson)
            return null;

        var text = NoWords().Replace(completion.Text, " ");
        if (CountLetters(text) < FewestLetters)
            return null;
        return completion.Task == "translation" ? RejectTranslation(completion.TargetLanguage, text) : RejectOther(completion, text);
    }

    private string? RejectTranslation(string? target, string text)
    {
        if (target is null)
            return null;
        if (!HasScriptOf(target, text))
            return $"the answer has no word in '{target}'";
        if (detect(text) is not { } language)
            return null;
        // Names and terms stay in Latin letters.
        var isMixed = IsLatin(language) && !IsLatin(target) && CountOf(text, latin: false) * 6 >= CountOf(text, latin: true);
        return !isMixed && !IsNear(language, target) && !HasPartIn([target], text) ? $"the answer is in '{language}', not in '{target}'" : null;
    }

    private string? RejectOther(CheckedCompletion completion, string text)
    {
        if (completion.Task is null || WithoutLanguage.Contains(completion.Task))
            return null;
        var edges = EdgesOf(completion);
        if (InstructionLexicon.FindLanguages(edges).Count > 0 || detect(text) is not { } language)
            return null;

        var conversation = NoWords().Replace(completion.Conversation, " ");
        HashSet<string> allowed = [.. Parts(conversation).Append(conversation).Select(detect).OfType<string>()];
        // "Summarize:" and a Chinese text: either may be meant.
        var isInstructedIn = allowed.All(one => IsLatin(one) != IsLatin(language)) && CountOf(edges, IsLatin(language)) >= FewestOfInstruction;
        return allowed.Count == 0 || isInstructedIn || allowed.Any(one => IsNear(language, one)) || HasPartIn(allowed, text)
            ? null
            : $"the answer is in '{language}', the request in '{string.Join("', '", allowed.Order(StringComparer.Ordinal))}'";
    }

    /// <summary>Where an instruction stands: at the beginning or the end of what the system and the user said.</summary>
    private static string EdgesOf(CheckedCompletion completion)
    {
        var (all, prompt) = (NoWords().Replace(completion.Conversation, " "), NoWords().Replace(completion.Prompt, " "));
        return $"{all[..Math.Min(all.Length, EdgeLength)]} {prompt[..Math.Min(prompt.Length, EdgeLength)]} {prompt[Math.Max(0, prompt.Length - EdgeLength)..]}";
    }

    /// <summary>Letters of Latin script, or of any other, weighed.</summary>
    private static int CountOf(string text, bool latin)
    {
        var count = 0;
        foreach (var letter in text)
            count += char.IsLetter(letter) && IsLatin(letter) == latin ? TextWeight.Of([letter]) : 0;
        return count;
    }

    private bool HasPartIn(IReadOnlyCollection<string> languages, string text) => Parts(text).Select(detect).OfType<string>().Any(languages.Contains);

    private static IEnumerable<string> Parts(string text) => text.Split(['\n', ':', '\uff1a']).Where(part => CountLetters(part) >= FewestLetters);

    private static bool IsNear(string one, string other) =>
        Main(one) == Main(other) || Near.Any(group => group.Contains(Main(one)) && group.Contains(Main(other)));

    private static string Main(string language) => language.Split('-')[0];

    private static bool HasScriptOf(string language, string text) => Main(language) switch
    {
        "zh" => text.Any(TextLanguage.IsHan),
        "ja" => text.Any(letter => letter is >= '\u3040' and < '\u3100' || TextLanguage.IsHan(letter)),
        "ko" => text.Any(letter => letter is >= '\uac00' and < '\ud7b0'),
        "ru" or "uk" or "bg" or "be" or "mk" => text.Any(letter => letter is >= '\u0400' and < '\u0530'),
        "ar" or "fa" or "ur" => text.Any(letter => letter is >= '\u0600' and < '\u0780'),
        "hi" or "mr" or "ne" => text.Any(letter => letter is >= '\u0900' and < '\u0980'),
        "th" => text.Any(letter => letter is >= '\u0e00' and < '\u0e80'),
        "el" => text.Any(letter => letter is >= '\u0370' and < '\u0400'),
        "he" => text.Any(letter => letter is >= '\u0590' and < '\u0600'),
        _ => !IsLatin(language) || text.Any(letter => char.IsLetter(letter) && IsLatin(letter)),
    };

    private static bool IsLatin(char letter) => letter is < '\u0250' or (>= '\u1e00' and < '\u1f00');

    private static bool IsLatin(string language) =>
        Main(language) is "en" or "es" or "fr" or "de" or "it" or "pt" or "nl" or "pl" or "cs" or "sk" or "sv" or "da" or "no" or "fi" or "tr" or "ro" or "hu" or "vi"
            or "id" or "ca" or "hr";

    private static int CountLetters(string text)
    {
        var count = 0;
        foreach (var letter in text)
            count += char.IsLetter(letter) ? TextWeight.Of([letter]) : 0;
        return count;
    }

    /// <summary>Code, addresses, marks and placeholders, which are in no language.</summary>
    [GeneratedRegex(@"```.*?(?:```|\z)|`[^`\n]*`|https?://\S+|\S+@\S+|^\s*\[[^\[\]\n]{1,80}\]|<[^<>\n]{1,80}>|\{[^{}\n]{1,60}\}", RegexOptions.Singleline | RegexOptions.CultureInvariant, 2000)]
    private static partial Regex NoWords();
}
