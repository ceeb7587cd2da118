namespace LlmBroker.Inference.Cascade;

internal static class TextSearch
{
    /// <summary>Whether one of the words is in a text, letter by letter.</summary>
    public static bool ContainsAnyIn(this ReadOnlySpan<string> words, string text)
    {
        foreach (var word in words)
        {
            if (text.Contains(word, StringComparison.Ordinal))
                return true;
        }

        return false;
    }
}
