namespace LlmBroker.Providers.HuggingFace;

/// <summary>Where a message may be cut: after lines and sentences, and within an instruction after colons and commas too.</summary>
internal static class Pieces
{
    /// <summary>Positions right after a boundary, ascending, the end of the text last.</summary>
    public static List<int> Ends(string text, bool withinSentences)
    {
        var ends = new List<int>();
        for (var i = 0; i < text.Length; i++)
        {
            var next = i + 1 < text.Length ? text[i + 1] : '\n';
            var isEnd = text[i] switch
            {
                '\n' => true,
                '。' or '！' or '？' => true,
                '.' or '!' or '?' => char.IsWhiteSpace(next) || next >= '\u2e80' || next is '"' or '”' or ')',
                '：' or '，' => withinSentences,
                ',' => withinSentences && char.IsWhiteSpace(next),
                // Not that of a time or an address.
                ':' => withinSentences && !char.IsAsciiDigit(next) && next != '/',
                '—' or '–' => withinSentences && i > 0 && text[i - 1] == ' ' && next == ' ',
                _ => false,
            };
            // A row of marks is one end.
            if (isEnd && next is not ('.' or '!' or '?' or '。' or '！' or '？'))
                ends.Add(i + 1);
        }

        if (ends is [] || ends[^1] != text.Length)
            ends.Add(text.Length);
        return ends;
    }
}
