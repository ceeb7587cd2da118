namespace LlmBroker.Routing;

/// <summary>The names of <see cref="TaskKind"/> on the wire, in configuration, in the ledger and as metric tags.</summary>
public static class TaskKinds
{
    private static readonly string[] WireNames =
    [
        "unknown", "translation", "summarization", "classification", "extraction", "qa",
        "code", "math_reasoning", "rewriting", "writing", "chat_brainstorm",
    ];

    /// <summary>The snake_case name, for example <c>math_reasoning</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="task"/> is not a member of the enum.</exception>
    public static string ToWire(this TaskKind task) =>
        (uint)task < (uint)WireNames.Length
            ? WireNames[(int)task]
            : throw new ArgumentOutOfRangeException(nameof(task), task, "Not a task kind.");

    /// <summary>Reads a wire name; case matters. <c>unknown</c> is a name like the others.</summary>
    public static bool TryParse(string? wireName, out TaskKind task)
    {
        var index = Array.IndexOf(WireNames, wireName);
        task = index < 0 ? TaskKind.Unknown : (TaskKind)index;
        return index >= 0;
    }
}
