using System.Text;
using System.Text.Json;

namespace LlmBroker.Inference.Cascade;

/// <summary>An answer with the request that it is for.</summary>
/// <param name="Request">The OpenAI request body.</param>
/// <param name="Completion">The OpenAI response object.</param>
/// <param name="Prompt">Text of the last user message.</param>
/// <param name="Source">Of a translation, a summary or a rewriting: the text as far as it can be told from what is said about it; else as <see cref="Prompt"/>.</param>
/// <param name="Task">Kind of work; null: unknown.</param>
/// <param name="SourceLanguage">Of a translation, ISO 639-1; null: not certain.</param>
/// <param name="TargetLanguage">Of a translation; null: not certain.</param>
public readonly record struct CheckedCompletion(
    JsonElement Request, JsonElement Completion, string Prompt, string Source, string? Task, string? SourceLanguage, string? TargetLanguage)
{
    /// <summary>The text of each choice; one that only calls tools has none.</summary>
    public IEnumerable<string> Texts()
    {
        foreach (var message in Messages())
        {
            if (message.TryGetProperty("content", out var content) && TextOf(content) is { Length: > 0 } text)
                yield return text;
        }
    }

    /// <summary>The message of each choice.</summary>
    public IEnumerable<JsonElement> Messages()
    {
        foreach (var choice in Choices())
        {
            if (choice.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object)
                yield return message;
        }
    }

    /// <summary>Each choice.</summary>
    public IEnumerable<JsonElement> Choices()
    {
        if (Completion.ValueKind != JsonValueKind.Object || !Completion.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.ValueKind == JsonValueKind.Object)
                yield return choice;
        }
    }

    private static string? TextOf(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
            return content.GetString();
        if (content.ValueKind != JsonValueKind.Array)
            return null;
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var value) && value.ValueKind == JsonValueKind.String)
                text.Append(value.GetString());
        }

        return text.ToString();
    }
}
