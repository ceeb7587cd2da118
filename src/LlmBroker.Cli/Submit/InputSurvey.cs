namespace LlmBroker.Cli.Submit;

/// <summary>What one look over the input tells.</summary>
/// <param name="Lines">Lines that are not blank, good or bad.</param>
/// <param name="ContentHash">SHA-256 over them; the style of line ends does not count.</param>
internal sealed record InputSurvey(int Lines, byte[] ContentHash);
