using LlmBroker.Routing;

namespace LlmBroker.Training;

/// <summary>A prompt and what it asks for.</summary>
/// <param name="Prompt">The text of the user's message.</param>
/// <param name="Task">What a person said that it asks for.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Language">ISO 639-1, or <c>mul</c> for a source of several.</param>
internal sealed record TaskExample(string Prompt, TaskKind Task, string Source, string Language);
