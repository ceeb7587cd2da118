using System.Text;

namespace LlmBroker.Simulation.Answers;

/// <summary>Text of a wanted size, so that answers weigh on the wire what their token count says.</summary>
internal static class Prose
{
    /// <param name="opening">Mark and echo; the echo is cut when it alone is over the size, the mark of <paramref name="markLength"/> never.</param>
    /// <param name="tokens">The wanted size.</param>
    /// <param name="seed">Decides the words.</param>
    /// <param name="language">What the words are in.</param>
    public static string Write(string opening, int markLength, int tokens, ulong seed, ProseLanguage language)
    {
        var fits = Math.Max(markLength, TokenCounter.LengthWithin(opening, tokens));
        if (fits < opening.Length)
            return opening[..fits];

        var missing = tokens - TokenCounter.Count(opening);
        var text = new StringBuilder(opening, opening.Length + (4 * missing) + 16);
        // A word has at least a token's quarter, so that this ends.
        while (TokenCounter.Count(text.ToString(opening.Length, text.Length - opening.Length)) < missing)
        {
            for (var i = 0; i <= missing / 4; i++)
            {
                seed = Dice.Mix(seed);
                text.Append(text.Length == opening.Length ? " " : language.Space).Append(language.Words[seed % (ulong)language.Words.Length]);
            }
        }

        var whole = text.ToString();
        return whole[..Math.Max(opening.Length, TokenCounter.LengthWithin(whole, tokens))];
    }
}
