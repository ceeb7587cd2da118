using System.Text;

namespace LlmBroker.Simulation.Answers;

/// <summary>Text of a wanted size, so that answers weigh on the wire what their token count says.</summary>
internal static class Prose
{
    private static readonly string[] Words =
    [
        "the", "request", "was", "read", "and", "this", "answer", "stands", "in", "for", "what", "a", "model", "would", "have", "said",
        "its", "length", "follows", "from", "plan", "while", "words", "are", "drawn", "by", "seed", "so", "that", "every", "run", "agrees",
    ];

    /// <param name="opening">Mark and echo; the echo is cut when it alone is over the size, the mark of <paramref name="markLength"/> never.</param>
    public static string Write(string opening, int markLength, int tokens, ulong seed)
    {
        var fits = Math.Max(markLength, TokenCounter.LengthWithin(opening, tokens));
        if (fits < opening.Length)
            return opening[..fits];

        var missing = (tokens - TokenCounter.Count(opening)) * 4;
        var text = new StringBuilder(opening, opening.Length + missing + 16);
        var end = opening.Length + missing;
        while (text.Length < end)
        {
            seed = Dice.Mix(seed);
            text.Append(' ').Append(Words[seed % (ulong)Words.Length]);
        }

        return text.ToString(0, Math.Max(end, opening.Length));
    }
}
