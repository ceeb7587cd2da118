namespace LlmBroker.Providers.HuggingFace;

/// <summary>What an instruction of known words says.</summary>
/// <param name="Task">What is wanted; <see cref="InstructionWord.Unknown"/> when no verb was there yet.</param>
/// <param name="Source">Language of the text, when said.</param>
/// <param name="Target">Language to translate into, when said.</param>
/// <param name="PointsBelow">It speaks of a text that comes after.</param>
/// <param name="PointsAbove">It speaks of a text that came before.</param>
internal sealed record Instruction(InstructionWord Task, string? Source, string? Target, bool PointsBelow, bool PointsAbove)
{
    /// <summary>Everything that the task needs is said.</summary>
    public bool IsComplete => (Task == InstructionWord.Summarize && Target is null) || (Task == InstructionWord.Translate && Target is not null);

    /// <summary>Null when the words contradict each other: two languages to translate into, two tasks.</summary>
    public static Instruction? Of(IReadOnlyList<InstructionToken> tokens)
    {
        string? source = null, target = null;
        var task = InstructionWord.Unknown;
        for (var i = 0; i < tokens.Count; i++)
        {
            var kind = tokens[i].Kind;
            if (kind is InstructionWord.Translate or InstructionWord.Ask or InstructionWord.Summarize or InstructionWord.Classify or InstructionWord.Extract)
            {
                var wanted = kind == InstructionWord.Ask ? InstructionWord.Translate : kind;
                if (task != InstructionWord.Unknown && task != wanted)
                    return null;
                task = wanted;
            }

            if (kind != InstructionWord.Language)
                continue;
            var language = tokens[i].Language!;
            switch (RoleOf(tokens, i))
            {
                // The next words may tell.
                case InstructionWord.Unknown when i == tokens.Count - 1: break;
                case InstructionWord.To when target is null || target == language: target = language; break;
                case InstructionWord.From when source is null || source == language: source = language; break;
                default: return null;
            }
        }

        // "in one sentence", 用一句话: a length or a form.
        if (task == InstructionWord.Summarize && tokens.Any(token => token.Kind == InstructionWord.To))
            return null;

        return new Instruction(
            task,
            source,
            target,
            tokens.Any(token => token.Kind == InstructionWord.Below),
            tokens.Any(token => token.Kind == InstructionWord.Above));
    }

    /// <summary>Whether a language is that of the text or that to translate into; from the words beside it.</summary>
    private static InstructionWord RoleOf(IReadOnlyList<InstructionToken> tokens, int at)
    {
        var before = at - 1;
        while (before >= 0 && tokens[before].Kind == InstructionWord.Filler)
            before--;
        var previous = before >= 0 ? tokens[before].Kind : InstructionWord.Unknown;
        var next = at + 1 < tokens.Count ? tokens[at + 1].Kind : InstructionWord.Unknown;
        var afterNext = at + 2 < tokens.Count ? tokens[at + 2].Kind : InstructionWord.Unknown;

        // "English translation of", 中文翻译; but 英文翻译成中文.
        if (next is InstructionWord.Translate)
            return afterNext is InstructionWord.To ? InstructionWord.From : InstructionWord.To;
        if (next is InstructionWord.Ask or InstructionWord.ToAfter)
            return InstructionWord.To;
        if (next is InstructionWord.FromAfter)
            return InstructionWord.From;
        // A preposition belongs to what stands right after it, with articles and the like between.
        if (previous is InstructionWord.To)
            return InstructionWord.To;
        if (previous is InstructionWord.From)
            return InstructionWord.From;
        // "English to Spanish", "the following English text".
        if (next is InstructionWord.To or InstructionWord.Filler or InstructionWord.Language)
            return InstructionWord.From;
        return previous is InstructionWord.Language ? InstructionWord.To : InstructionWord.Unknown;
    }
}
