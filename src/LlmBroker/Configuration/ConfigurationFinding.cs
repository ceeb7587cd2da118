namespace LlmBroker.Configuration;

/// <summary>One fault or warning: the member's path and, in <paramref name="Text"/>, the value and the remedy. Never holds a secret.</summary>
internal sealed record ConfigurationFinding(string Path, string Text)
{
    public override string ToString() => Path.Length == 0 ? Text : $"{Path}: {Text}";
}
