using System.Text.Json;
using LlmBroker.Configuration;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// An answer that ended because the tokens ran out, or whose code block was never closed. One that merely ends without a full stop passes:
/// titles, lists and code do.
/// </summary>
internal sealed class TruncationValidator : ICompletionValidator
{
    public string Name => CascadeValidatorNames.Truncation;

    public string? FindFault(in CheckedCompletion completion)
    {
        foreach (var choice in completion.Choices())
        {
            if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String && reason.ValueEquals("length"))
                return "it was cut off at its token limit";
        }

        foreach (var text in completion.Texts())
        {
            if (CountFences(text) % 2 == 1)
                return "a code block is not closed";
        }

        return null;
    }

    private static int CountFences(string text)
    {
        var fences = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                fences++;
        }

        return fences;
    }
}
