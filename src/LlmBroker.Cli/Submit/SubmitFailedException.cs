namespace LlmBroker.Cli.Submit;

/// <summary>A job cannot go on. The message says why and what to do.</summary>
internal sealed class SubmitFailedException(string message, Exception? inner = null) : Exception(message, inner);
