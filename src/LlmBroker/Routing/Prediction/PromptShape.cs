using System.Buffers;

namespace LlmBroker.Routing.Prediction;

/// <summary>What the words do not say: how long a prompt is, what it is made of, and what the cues make of it; <see cref="Count"/> numbers, mostly 0 or 1.</summary>
internal static class PromptShape
{
    private const int Flags = 8;
    private const int Cues = (int)TaskKind.ChatBrainstorm;
    private const int Lengths = 8;
    private const int LineCounts = 4;

    public const int Count = Flags + Cues + Lengths + LineCounts + 4;

    /// <summary>The score at which a cue leaves little doubt, and beyond which more says no more.</summary>
    private const float StrongestCue = 6;

    private const int LettersPerIdeograph = 3;

    /// <summary>A prompt of megabytes is judged by its beginning.</summary>
    private const int CountedLength = 4000;

    /// <summary>The rest of ASCII.</summary>
    private static readonly SearchValues<char> NoDigits = SearchValues.Create([.. Enumerable.Range(0, 128).Select(code => (char)code).Where(c => !char.IsDigit(c))]);

    /// <param name="prompt">The whole prompt.</param>
    /// <param name="features">What the cue classifier saw of its shape.</param>
    /// <param name="cues">The cues' score of each task, by its number.</param>
    /// <param name="shape">Takes the numbers.</param>
    public static void Read(ReadOnlySpan<char> prompt, PromptFeatures features, ReadOnlySpan<float> cues, Span<float> shape)
    {
        shape.Clear();
        for (var flag = 0; flag < Flags; flag++)
            shape[flag] = ((int)features >> flag) & 1;
        for (var task = 0; task < Cues; task++)
            shape[Flags + task] = Math.Min(cues[task + 1], StrongestCue) / (StrongestCue / 2);

        var counted = prompt[..Math.Min(prompt.Length, CountedLength)];
        var (lines, digits) = (counted.Count('\n'), CountDigits(counted));

        var isIdeographic = CueText.IsMostlyIdeographs(prompt);
        var letters = isIdeographic ? prompt.Length * LettersPerIdeograph : prompt.Length;
        var rest = shape[(Flags + Cues)..];
        rest[Math.Clamp((int)Math.Log2(Math.Max(1, letters / 25.0)), 0, Lengths - 1)] = 1;
        rest = rest[Lengths..];
        rest[lines switch { 0 => 0, < 3 => 1, < 8 => 2, _ => 3 }] = 1;
        rest = rest[LineCounts..];
        rest[0] = digits * 20 > counted.Length ? 1 : 0;
        rest[1] = digits == 0 ? 1 : 0;
        rest[2] = isIdeographic ? 1 : 0;
        rest[3] = 1;
    }

    private static int CountDigits(ReadOnlySpan<char> text)
    {
        var digits = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (NoDigits.Contains(text[i]))
            {
                // From here to the next that may be one, in one step.
                var rest = text[i..].IndexOfAnyExcept(NoDigits);
                if (rest < 0)
                    break;
                i += rest;
            }

            digits += char.IsDigit(text[i]) ? 1 : 0;
        }

        return digits;
    }
}
