using System.Buffers;

namespace LlmBroker.Cascade.Validators;

/// <summary>
/// The answer has an end: it was not cut at a limit, is not empty, and leaves no fence of code or bracket of JSON open. A last line in prose that
/// breaks off at a comma or an opening bracket counts where it is too long to be a greeting ("Best regards,"). What else ends without a
/// full stop, such as lists, headlines and labels, passes.
/// </summary>
internal sealed class TruncationValidator : ICompletionValidator
{
    private const int LongestGreeting = 60;

    private static readonly SearchValues<char> Broken = SearchValues.Create(",\uff0c、(\uff08“「");

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.FinishReason == "length")
            return "the answer was cut at its limit";
        if (completion.CallsTools)
            return null;

        var text = completion.Text.AsSpan().Trim();
        if (text.IsEmpty)
            return "the answer is empty";
        if (CountFences(text) % 2 == 1 && CountFences(completion.Conversation) % 2 == 0)
            return "a block of code is not closed";
        if (text[0] is '{' or '[' && LeavesOpen(text))
            return "a bracket of the JSON is not closed";
        return BreaksOff(text) && !BreaksOff(completion.Prompt.AsSpan().Trim()) ? "the answer breaks off in a sentence" : null;
    }

    private static int CountFences(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var line in text.EnumerateLines())
        {
            // Four and more hold others inside.
            var trimmed = line.TrimStart();
            if (trimmed.StartsWith("```", StringComparison.Ordinal) && !trimmed[3..].Contains('`'))
                count++;
        }

        return count;
    }

    private static bool LeavesOpen(ReadOnlySpan<char> text)
    {
        var depth = 0;
        var isText = false;
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when isText: i++; break;
                case '"': isText = !isText; break;
                case '{' or '[' when !isText: depth++; break;
                case '}' or ']' when !isText: depth--; break;
            }

            // More follows the JSON, or it was none.
            if (depth <= 0)
                return false;
        }

        return true;
    }

    private static bool BreaksOff(ReadOnlySpan<char> text) =>
        !text.IsEmpty && Broken.Contains(text[^1]) && TextWeight.Of(text[(text.LastIndexOf('\n') + 1)..]) > LongestGreeting && text[^Math.Min(text.Length, 200)..].IndexOfAny("{};=") < 0;
}
