namespace LlmBroker.Routing;

/// <summary>One way of asking for a task, as the cue sheet has it: <c>head</c>, or <c>head * tail</c> with a gap between.</summary>
internal sealed class Cue
{
    // Within one sentence; Chinese and Japanese say in a dozen characters what takes 40 letters.
    private const int LetterGap = 48;
    private const int IdeographGap = 24;

    // A cue marked for the start may follow "could you " or "请帮我", one for the end may precede ", please".
    private const int LetterReach = 14;
    private const int IdeographReach = 8;

    private readonly string _head;
    private readonly string? _tail;
    private readonly bool _headIsStem;
    private readonly bool _tailIsStem;
    private readonly bool _atStart;
    private readonly bool _atEnd;

    public Cue(int id, TaskKind task, float weight, string pattern)
    {
        (Id, Task, Weight, Reason) = (id, task, weight, "cue:" + pattern);
        var text = CueText.Normalize(pattern);
        if (text.StartsWith('^'))
            (_atStart, text) = (true, text[1..]);
        if (text.EndsWith('$'))
            (_atEnd, text) = (true, text[..^1]);

        if (text.EndsWith('*'))
            (_tailIsStem, text) = (true, text[..^1]);
        var gap = text.IndexOf('*', StringComparison.Ordinal);
        if (gap < 0)
        {
            (_head, _headIsStem) = (text, _tailIsStem);
        }
        else
        {
            _headIsStem = text[gap - 1] != ' ';
            _head = text[..gap].TrimEnd();
            _tail = text[(gap + 1)..].TrimStart(' ', '*');
        }

        if (_head.Length == 0 || _tail is { Length: 0 } || (_head.Length == 1 && !CueText.IsIdeograph(_head[0])))
            throw new FormatException($"Cue '{pattern}' needs two letters, or one ideograph, before its gap and something after it.");
    }

    public int Id { get; }

    public TaskKind Task { get; }

    public float Weight { get; }

    public string Reason { get; }

    public string Head => _head;

    /// <summary>Cues are looked up by this key of the text at a position: one ideograph, or two letters.</summary>
    public int Key => CueText.KeyAt(_head, 0);

    /// <summary>Whether the cue stands at <paramref name="start"/>, which is known to begin a word.</summary>
    public bool MatchesAt(ReadOnlySpan<char> text, int start)
    {
        if (_atStart && start > (CueText.IsIdeograph(_head[0]) ? IdeographReach : LetterReach))
            return false;
        if (!text[start..].StartsWith(_head, StringComparison.Ordinal))
            return false;

        var end = start + _head.Length;
        if (!_headIsStem && !CueText.IsBoundary(text, end))
            return false;
        if (_tail is not null && !TryFindTail(text, ref end))
            return false;
        return !_atEnd || text.Length - end <= (CueText.IsIdeograph(text[end - 1]) ? IdeographReach : LetterReach);
    }

    private bool TryFindTail(ReadOnlySpan<char> text, ref int end)
    {
        var rest = text[end..];
        var reach = (CueText.IsIdeograph(_tail![0]) ? IdeographGap : LetterGap) + _tail.Length;
        if (rest.Length > reach)
            rest = rest[..reach];
        for (var from = 0; ;)
        {
            var found = rest[from..].IndexOf(_tail, StringComparison.Ordinal);
            if (found < 0 || rest[..(from + found)].ContainsAny(CueText.SentenceEnds))
                return false;

            var at = end + from + found;
            if (CueText.IsBoundary(text, at) && (_tailIsStem || CueText.IsBoundary(text, at + _tail.Length)))
            {
                end = at + _tail.Length;
                return true;
            }

            from += found + 1;
        }
    }
}
