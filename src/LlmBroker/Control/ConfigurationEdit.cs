namespace LlmBroker.Control;

/// <summary>One member that an operator wants to change.</summary>
/// <param name="Path">The member; a name with dots may be quoted as in <c>models['gpt-4.1'].price</c>.</param>
/// <param name="Value">Its value as JSON, where <c>null</c> takes the file's member away; null: the override is taken back.</param>
internal sealed record ConfigurationEdit(string Path, string? Value);
