namespace LlmBroker.Cli.Submit;

/// <summary>Why a line has no answer.</summary>
/// <param name="Code">A <c>FailureReason</c>, or <see cref="InvalidLine"/>.</param>
/// <param name="Message">For a person.</param>
internal sealed record OutputError(string Code, string Message)
{
    /// <summary>The line could not be sent at all.</summary>
    public const string InvalidLine = "InvalidLine";
}
