namespace LlmBroker.Cli.Submit;

/// <summary>Why a line of the input cannot be sent.</summary>
/// <param name="CustomId">Its id, when it has one.</param>
/// <param name="Message">What is wrong with it, without its text.</param>
internal sealed record InputFault(string? CustomId, string Message);
