namespace LlmBroker.Simulation.Answers;

/// <summary>Which of the offered tools the model calls.</summary>
internal static class ToolUse
{
    private const int MaxParallelCalls = 8;

    /// <summary>
    /// The named one; all, where some call is required; where the model is free, those whose names the user's last message mentions. One alone
    /// unless calls may be parallel. Null when the answer is not a call, as after the results of calls.
    /// </summary>
    public static AnswerForm.ToolCalls? Decide(IEnumerable<OfferedTool> offered, ToolChoice choice, string? named, bool isParallel, Prompt prompt)
    {
        var called = choice switch
        {
            ToolChoice.Named => offered.Where(tool => tool.Name == named).Take(1),
            ToolChoice.Required => offered,
            ToolChoice.Auto when prompt.EndsWithUser => offered.Where(tool => Mentions(prompt.LastUserText, tool.Name)),
            _ => [],
        };
        var tools = called.Take(isParallel ? MaxParallelCalls : 1).ToList();
        return tools.Count > 0 ? new AnswerForm.ToolCalls(tools, choice == ToolChoice.Named) : null;
    }

    private static bool Mentions(string text, string name)
    {
        for (var at = 0; (at = text.IndexOf(name, at, StringComparison.Ordinal)) >= 0; at += name.Length)
        {
            var end = at + name.Length;
            if ((at == 0 || !IsOfName(text[at - 1])) && (end == text.Length || !IsOfName(text[end])))
                return true;
        }

        return false;
    }

    private static bool IsOfName(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';
}
