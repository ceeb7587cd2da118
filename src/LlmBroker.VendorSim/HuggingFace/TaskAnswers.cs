using System.Text.RegularExpressions;
using LlmBroker.Simulation.Answers;

namespace LlmBroker.Simulation.HuggingFace;

/// <summary>What models that read rather than write make of a text: without sense, but the same each time and of the right form.</summary>
internal static partial class TaskAnswers
{
    // A label that the text has in it is found there.
    private const double MentionWeight = 20;

    /// <summary>Scores that add up to one, or of each label for itself; the highest first.</summary>
    public static IReadOnlyList<LabelScore> Classify(string text, IReadOnlyList<string> labels, bool isMultiLabel = false)
    {
        var weights = labels.Select(label => Weight(text, label)).ToList();
        var sum = weights.Sum();
        return [.. labels
            .Select((label, index) => new LabelScore(label, Math.Round(isMultiLabel ? weights[index] / (MentionWeight + 1) : weights[index] / sum, 6)))
            .OrderByDescending(label => label.Score)];
    }

    /// <summary>The capitalized words of a text, neighbours as one name.</summary>
    /// <param name="isGrouped">Whether tokens are put together to entities, as any aggregation but none does.</param>
    public static IReadOnlyList<Entity> Entities(string text, IReadOnlyList<string> labels, bool isGrouped)
    {
        var entities = new List<Entity>();
        foreach (Match match in (isGrouped ? Name() : Word()).Matches(text))
        {
            var label = labels[(int)(Dice.Mix(Dice.Hash(match.Value)) % (ulong)labels.Count)];
            var entity = new Entity(match.Value, Share(match.Value), match.Index, match.Index + match.Length);
            entities.Add(isGrouped ? entity with { EntityGroup = label } : entity with { Label = $"B-{label}" });
        }

        return entities;
    }

    /// <summary>The sentences of the context, those first that share most words with the question.</summary>
    public static IReadOnlyList<ExtractedAnswer> Extract(string question, string context, int count)
    {
        var words = Words().Matches(question).Select(match => match.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. Sentence().Matches(context)
            .Select(sentence => (Sentence: sentence, Shared: Words().Matches(sentence.Value).Count(word => words.Contains(word.Value))))
            .OrderByDescending(candidate => candidate.Shared)
            .Take(count)
            .Select(candidate => new ExtractedAnswer(
                candidate.Sentence.Value, Share(question + candidate.Sentence.Value), candidate.Sentence.Index,
                candidate.Sentence.Index + candidate.Sentence.Length))];
    }

    private static double Weight(string text, string label) =>
        Share($"{text}\u001F{label}") + (text.Contains(label, StringComparison.OrdinalIgnoreCase) ? MentionWeight : 0);

    /// <summary>Over a half, under one.</summary>
    private static double Share(string text) => Math.Round(0.5 + ((Dice.Mix(Dice.Hash(text)) >> 11) * (0.499 / (1UL << 53))), 6);

    [GeneratedRegex(@"\p{Lu}[\p{L}\p{Nd}'’-]*(?: \p{Lu}[\p{L}\p{Nd}'’-]*)*")]
    private static partial Regex Name();

    [GeneratedRegex(@"\p{Lu}[\p{L}\p{Nd}'’-]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\w{3,}")]
    private static partial Regex Words();

    [GeneratedRegex(@"[^\s.!?。！？][^.!?。！？]*")]
    private static partial Regex Sentence();
}
