namespace LlmBroker.Routing;

/// <summary>What a classifier sees of a request.</summary>
/// <param name="System">The text of the system message; null when there is none.</param>
/// <param name="Prompt">The text of the last user message; empty when it has none (images only, say).</param>
/// <param name="Turns">How many user messages the conversation holds, the last one included.</param>
public readonly record struct ClassifierInput(string? System, string Prompt, int Turns);
