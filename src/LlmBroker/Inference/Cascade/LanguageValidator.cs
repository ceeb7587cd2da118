using LlmBroker.Configuration;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// A translation that is not in the language that was asked for, or a summary or rewriting that left the language of its text without being asked to.
/// Passes whatever is not certain: short texts, code, mixed texts.
/// </summary>
internal sealed class LanguageValidator(LanguageDetector detector) : ICompletionValidator
{
    /// <summary>Fewer letters tell nothing sure.</summary>
    private const int FewestLetters = 12;

    public string Name => CascadeValidatorNames.Language;

    public string? FindFault(in CheckedCompletion completion)
    {
        if (WantedOf(completion) is not { } wanted)
            return null;

        foreach (var text in completion.Texts())
        {
            if (text.Count(char.IsLetter) >= FewestLetters && detector.Detect(text) is { } actual && actual != wanted)
                return $"it is in '{actual}' instead of '{wanted}'";
        }

        return null;
    }

    private string? WantedOf(in CheckedCompletion completion)
    {
        if (completion.Task == TaskKind.Translation.ToWire())
            return completion.TargetLanguage;
        if (completion.Task != TaskKind.Summarization.ToWire() && completion.Task != TaskKind.Rewriting.ToWire())
            return null;
        // Who names a language may want it in that.
        return TranslationPair.NamesLanguage(completion.Prompt) ? null : detector.Detect(completion.Source);
    }
}
