using System.Text.RegularExpressions;

namespace LlmBroker.Simulation.OpenAi;

internal static partial class ToolName
{
    public const string Pattern = "^[a-zA-Z0-9_-]+$";

    private const int MaxLength = 64;

    public static bool IsValid(string name) => name.Length is > 0 and <= MaxLength && Characters().IsMatch(name);

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]+\z")]
    private static partial Regex Characters();
}
