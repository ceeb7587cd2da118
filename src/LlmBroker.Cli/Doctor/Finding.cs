namespace LlmBroker.Cli.Doctor;

/// <summary>How bad it is.</summary>
internal enum Severity
{
    Ok,
    Warning,
    Fault,
}

/// <param name="Severity">How bad it is.</param>
/// <param name="Check">What was looked at.</param>
/// <param name="Text">What was found.</param>
/// <param name="Remedy">What to do; null when there is nothing to do.</param>
internal sealed record Finding(Severity Severity, string Check, string Text, string? Remedy = null)
{
    public static Finding Ok(string check, string text) => new(Severity.Ok, check, text);

    public static Finding Warning(string check, string text, string remedy) => new(Severity.Warning, check, text, remedy);

    public static Finding Fault(string check, string text, string remedy) => new(Severity.Fault, check, text, remedy);
}
