using System.Diagnostics;

namespace LlmBroker.Configuration;

/// <summary>A secret that shows itself only when asked by name: logs, error texts, serializers and debuggers see stars.</summary>
[DebuggerDisplay("***")]
internal sealed class Secret(string value)
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly string value = value;

    public string Reveal() => value;

    public override string ToString() => "***";
}
