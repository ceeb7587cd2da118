using LlmBroker.Providers.HuggingFace;

namespace LlmBroker.Routing.Languages;

/// <summary>From which language into which a translation goes, in ISO 639-1; what is not certain is null.</summary>
internal readonly record struct TranslationPair(string? Source, string? Target)
{
    private const int InstructionLength = 120;

    /// <summary>The pair as configuration names it, such as <c>en-zh</c>; null unless both are known.</summary>
    public string? Name => Source is null || Target is null ? null : $"{Source}-{Target}";

    /// <summary>Reads a request for a translation.</summary>
    public static TranslationPair Read(in ClassifierInput input, LanguageDetector detector)
    {
        var split = InstructionSplitter.Split(input.System, [input.Prompt]);
        if (split is { WhyNot: null, Task: InstructionWord.Translate, Target: { } target })
            return new TranslationPair(split.Source ?? detector.Detect(split.Text), target);

        // What else the request asks for does not matter here, only which one language it names.
        var named = Named(input);
        var source = detector.Detect(LongestPart(input.Prompt));
        return new TranslationPair(source == named ? null : source, named);
    }

    /// <summary>An instruction stands at the beginning or at the end, or in the system message.</summary>
    private static string? Named(in ClassifierInput input)
    {
        var languages = new HashSet<string>(StringComparer.Ordinal);
        var prompt = input.Prompt.AsSpan().Trim();
        languages.UnionWith(InstructionLexicon.FindLanguages(prompt[..Math.Min(prompt.Length, InstructionLength)]));
        if (prompt.Length > InstructionLength)
            languages.UnionWith(InstructionLexicon.FindLanguages(prompt[Math.Max(InstructionLength, prompt.Length - InstructionLength)..]));
        if (input.System is { } system)
            languages.UnionWith(InstructionLexicon.FindLanguages(system.AsSpan(0, Math.Min(system.Length, InstructionLength))));
        return languages.Count == 1 ? languages.First() : null;
    }

    /// <summary>The text is longer than what is said about it.</summary>
    private static string LongestPart(string prompt)
    {
        var longest = ReadOnlySpan<char>.Empty;
        foreach (var range in prompt.AsSpan().SplitAny('\n', ':', '：', '"', '“', '”', '「', '」'))
        {
            var part = prompt.AsSpan(range);
            if (part.Length > longest.Length)
                longest = part;
        }

        return longest.ToString();
    }
}
