using System.Text.Json;

namespace LlmBroker.Cascade;

/// <summary>One answer to a request, as a validator sees it.</summary>
public sealed record CheckedCompletion
{
    /// <summary>The OpenAI chat request.</summary>
    public required JsonElement Request { get; init; }

    /// <summary>The member of the answer's <c>choices</c>.</summary>
    public required JsonElement Choice { get; init; }

    /// <summary>Kind of work, such as <c>translation</c>; null when it is unknown.</summary>
    public string? Task { get; init; }

    /// <summary>Language of the text to translate, in ISO 639-1; null when it is no translation or not certain.</summary>
    public string? SourceLanguage { get; init; }

    /// <summary>Language to translate into, in ISO 639-1; null when it is no translation or not certain.</summary>
    public string? TargetLanguage { get; init; }

    /// <summary>Everything that the request's messages say, one after the other.</summary>
    public required string Conversation { get; init; }

    /// <summary>What the user said last.</summary>
    public required string Prompt { get; init; }

    /// <summary>The whole of the text that is to be translated or summarized, without the instruction; null when that is not certain.</summary>
    public string? Source { get; init; }

    /// <summary><see cref="Source"/>, or a part of it that surely is no instruction; null when there is none.</summary>
    public string? Passage { get; init; }

    /// <summary>The answer's text; empty where tools are called.</summary>
    public required string Text { get; init; }

    /// <summary>Why the answer ended, in OpenAI's words.</summary>
    public string? FinishReason { get; init; }

    /// <summary>The answer calls tools.</summary>
    public bool CallsTools { get; init; }

    /// <summary>The request asks for JSON.</summary>
    public bool WantsJson { get; init; }
}
