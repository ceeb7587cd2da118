using System.Buffers;

namespace LlmBroker.Routing;

/// <summary>
/// Weighs ways of asking in a dozen languages (<c>cues.txt</c>) and the shape of the prompt; what the built-in classifier hears besides its own.
/// It reads the beginning and the end of a long prompt only, because that is where people say what they want.
/// </summary>
internal sealed class CueTaskClassifier(CueSheet sheet) : ITaskClassifier
{
    private const int HeadLength = 600;
    private const int TailLength = 400;
    private const int SystemLength = 400;

    // An instruction stands near an edge; the same words further inside are mostly the text being worked on.
    private const int EdgeLetters = 160;
    private const int EdgeIdeographs = 50;
    private const float InnerFactor = 0.25f;

    // A system message says what every prompt under it is for.
    private const float SystemFactor = 1.5f;

    private const float LeastScore = 0.9f;

    public CueTaskClassifier()
        : this(CueSheet.LoadEmbedded())
    {
    }

    public TaskPrediction Classify(ClassifierInput input)
    {
        var evidence = new Evidence(stackalloc ulong[(sheet.Count + 63) / 64]);
        Weigh(input, ref evidence);
        return Decide(evidence);
    }

    /// <summary>The same, with the score of each task and the prompt's shape.</summary>
    /// <param name="input">The request.</param>
    /// <param name="scores">Takes the score of each task, by its number.</param>
    /// <param name="features">The prompt's shape.</param>
    public TaskPrediction Weigh(ClassifierInput input, Span<float> scores, out PromptFeatures features)
    {
        var evidence = new Evidence(stackalloc ulong[(sheet.Count + 63) / 64]);
        features = Weigh(input, ref evidence);
        for (var task = TaskKind.Translation; task <= TaskKind.ChatBrainstorm; task++)
            scores[(int)task] = evidence.Score(task);
        return Decide(evidence);
    }

    private PromptFeatures Weigh(ClassifierInput input, ref Evidence evidence)
    {
        var buffer = ArrayPool<char>.Shared.Rent(HeadLength + TailLength + 1);
        try
        {
            if (input.System is { Length: > 0 } system)
                Weigh(Window(system, SystemLength, 0, buffer), SystemFactor, ref evidence);

            var text = Window(input.Prompt, HeadLength, TailLength, buffer);
            Weigh(text, 1, ref evidence);
            var features = PromptFeatureDetector.Detect(text, input.Prompt.Length, input.Turns);
            foreach (var feature in sheet.Features)
            {
                if ((features & feature.Feature) != 0)
                    evidence.Add(feature.Task, feature.Weight, feature.Reason);
            }

            return features;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private static ReadOnlySpan<char> Window(string text, int headLength, int tailLength, Span<char> buffer)
    {
        var source = text.AsSpan();
        if (source.Length <= headLength + tailLength)
        {
            CueText.Normalize(source, buffer);
            return buffer[..source.Length];
        }

        CueText.Normalize(source[..headLength], buffer);
        if (tailLength == 0)
            return buffer[..headLength];

        // The line break keeps a cue from spanning what was left out.
        buffer[headLength] = '\n';
        CueText.Normalize(source[^tailLength..], buffer[(headLength + 1)..]);
        return buffer[..(headLength + 1 + tailLength)];
    }

    private void Weigh(ReadOnlySpan<char> text, float factor, ref Evidence evidence)
    {
        var edge = CueText.IsMostlyIdeographs(text) ? EdgeIdeographs : EdgeLetters;
        var innerStart = Math.Min(edge, text.Length);
        var innerEnd = Math.Max(innerStart, text.Length - edge);
        WeighRange(text, 0, innerStart, factor, ref evidence);
        WeighRange(text, innerEnd, text.Length, factor, ref evidence);
        WeighRange(text, innerStart, innerEnd, factor * InnerFactor, ref evidence);
    }

    private void WeighRange(ReadOnlySpan<char> text, int start, int end, float factor, ref Evidence evidence)
    {
        var isInWord = start > 0 && CueText.IsWordLetter(text[start - 1]);
        for (var i = start; i < end; i++)
        {
            var wasInWord = isInWord;
            isInWord = CueText.IsWordLetter(text[i]);
            // Within a word no cue begins, and none begins with a space.
            if ((isInWord && wasInWord) || text[i] == ' ')
                continue;
            var cues = sheet.At(text, i);
            if (cues.IsEmpty)
                continue;
            var four = CueText.FourAt(text, i);
            var next = CueText.FourAt(text, Math.Min(i + CueSheet.Entry.Part, text.Length));
            foreach (ref readonly var entry in cues)
            {
                var cue = entry.Cue;
                if (entry.MayStandAt(four, next) && cue.MatchesAt(text, i) && evidence.FirstTime(cue.Id))
                    evidence.Add(cue.Task, cue.Weight * factor, cue.Reason);
            }
        }
    }

    private static TaskPrediction Decide(Evidence evidence)
    {
        var best = TaskKind.Unknown;
        float bestScore = 0, nextScore = 0;
        for (var task = TaskKind.Translation; task <= TaskKind.ChatBrainstorm; task++)
        {
            var score = evidence.Score(task);
            if (score > bestScore)
                (best, bestScore, nextScore) = (task, score, bestScore);
            else if (score > nextScore)
                nextScore = score;
        }

        return bestScore < LeastScore
            ? new TaskPrediction(TaskKind.Unknown, 0, "no cue")
            : new TaskPrediction(best, Confidence(bestScore - nextScore), evidence.Reason(best));
    }

    // A logistic curve over the lead of the best task, fitted on labelled prompts that the weights were not tuned on.
    private static double Confidence(float lead) => 1 / (1 + Math.Exp(0.45 - (0.64 * lead)));
}
