using LlmBroker.Configuration;
using LlmBroker.Providers.HuggingFace;
using LlmBroker.Routing;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// A translation or rewriting that is far too short or too long for its text, or a summary that is longer than its text. The bounds are those
/// that hardly any good answer leaves: a translation between scripts that count words and scripts that count syllables changes its length by a
/// factor of two to four by itself. Texts of under 40 letters pass.
/// </summary>
internal sealed class LengthRatioValidator : ICompletionValidator
{
    private const int ShortestText = 40;

    public string Name => CascadeValidatorNames.LengthRatio;

    public string? FindFault(in CheckedCompletion completion)
    {
        var source = completion.Source.Length;
        if (source < ShortestText || BoundsOf(completion) is not var (least, most))
            return null;

        foreach (var text in completion.Texts())
        {
            var ratio = (double)text.Length / source;
            if (ratio < least || ratio > most)
                return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"it has {ratio:0.00} times the length of the text; {least:0.00} to {most:0.00} are plausible");
        }

        return null;
    }

    private static (double Least, double Most)? BoundsOf(in CheckedCompletion completion)
    {
        if (completion.Task == TaskKind.Summarization.ToWire())
            return (0.002, 1.2);
        if (completion.Task == TaskKind.Rewriting.ToWire())
            return (0.1, 8);
        if (completion.Task != TaskKind.Translation.ToWire())
            return null;

        var from = IsDense(completion.Source);
        var to = completion.TargetLanguage is { } target ? target is "zh" or "ja" or "ko" : (bool?)null;
        return (from, to) switch
        {
            (true, false) => (0.8, 9),
            (false, true) => (0.1, 1.3),
            (_, null) => (0.1, 9),
            _ => (0.35, 2.8),
        };
    }

    /// <summary>Whether most letters stand for a syllable or a word.</summary>
    private static bool IsDense(string text)
    {
        var dense = text.Count(letter => TextLanguage.IsHan(letter) || letter is >= '\u3040' and < '\u3100' or >= '\uac00' and < '\ud7b0');
        return dense * 3 > text.Count(char.IsLetter);
    }
}
