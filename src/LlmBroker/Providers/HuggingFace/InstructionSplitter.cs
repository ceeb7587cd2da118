namespace LlmBroker.Providers.HuggingFace;

/// <summary>
/// Takes "Translate into Spanish: …" apart into instruction, languages and text, for models that want the bare text. Pure.
/// Certain only when every word outside the text is known to say nothing but the task: what asks for more, or cannot be told from the text, is uncertain,
/// and a chat model should have it.
/// </summary>
internal static class InstructionSplitter
{
    private const int MostInstructionPieces = 6;

    private static readonly (char Open, char Close)[] s_quotes =
        [('"', '"'), ('“', '”'), ('„', '“'), ('„', '”'), ('«', '»'), ('「', '」'), ('『', '』'), ('《', '》'), ('\'', '\''), ('‘', '’'), ('`', '`')];

    /// <param name="system">The system's words; null when there are none.</param>
    /// <param name="messages">What the user wrote, one or two messages without an answer between.</param>
    public static TextSplit Split(string? system, IReadOnlyList<string> messages)
    {
        Instruction? standing = null;
        if (!string.IsNullOrWhiteSpace(system))
        {
            if (ReadHead(system.Trim()) is not { Rest: "" } head)
                return TextSplit.Uncertain("the system message asks for more than the task");
            standing = head.Instruction is { IsComplete: true } complete ? complete : null;
        }

        return messages switch
        {
            [var only] => SplitOne(only.Trim(), standing),
            [var first, var second] when standing is null => SplitTwo(first.Trim(), second.Trim()),
            _ => TextSplit.Uncertain("there is more than one message to read"),
        };
    }

    private static TextSplit SplitTwo(string first, string second)
    {
        if (ReadHead(first) is { Rest: "", Instruction: { IsComplete: true, PointsAbove: false } before } && !HasInstruction(second))
            return Certain(before, second);
        if (ReadHead(second) is { Rest: "", Instruction: { IsComplete: true, PointsBelow: false } after } && !HasInstruction(first))
            return Certain(after, first);
        return TextSplit.Uncertain("the two messages are not surely an instruction and a text");
    }

    private static TextSplit SplitOne(string message, Instruction? standing)
    {
        if (message.Length == 0)
            return TextSplit.Uncertain("there is no text");
        if (standing is not null)
            return HasInstruction(message)
                ? TextSplit.Uncertain("the message has an instruction of its own beside the system's")
                : Certain(standing, message);
        if (SplitQuoted(message) is { } quoted)
            return quoted;
        if (SplitByScript(message) is { } byScript)
            return byScript;

        var head = ReadHead(message);
        var rest = head is { Instruction.IsComplete: true } ? head.Rest : message;
        var (text, tail) = ReadTail(rest);
        var instruction = head is { Instruction.IsComplete: true } ? head.Instruction : null;
        if (instruction is null && tail is null)
            return TextSplit.Uncertain("the instruction is not of known words only");
        if (instruction is not null && tail is not null && (instruction.Task != tail.Task || instruction.Target != tail.Target))
            return TextSplit.Uncertain("there are several instructions");
        if (instruction is { PointsAbove: true } || (instruction is null && tail is { PointsBelow: true }))
            return TextSplit.Uncertain("the instruction points to a text that is not there");

        if (instruction is not null)
            return head!.EndsSentence && BeginsWithDemand(text)
                ? TextSplit.Uncertain("what follows the instruction may be one too")
                : Certain(instruction, text);
        // The text stands first, and may have a label; other words of an instruction there leave open where the text begins.
        if (StripLabel(text) is { } bare)
            return Certain(tail!, bare);
        return TextSplit.Uncertain("it is not certain where the text begins");
    }

    /// <summary>"Translate to Spanish. Preserve markdown." and then the text.</summary>
    private static bool BeginsWithDemand(string text) =>
        Pieces.Ends(text, withinSentences: false) is [var first, _, ..] && InstructionLexicon.Begins(InstructionWord.Demand, WithoutLinks(text.AsSpan(0, first)));

    private static string? StripLabel(string text)
    {
        var end = Pieces.Ends(text, withinSentences: true)[0];
        if (IsLabel(text.AsSpan(0, end)))
            return text[end..].Trim();
        var isWord = InstructionLexicon.Read(text.AsSpan(0, end)) is { Count: > 0 };
        return isWord || InstructionLexicon.Begins(InstructionWord.Demand, text) || text[0] is '把' or '将' or '將' or '请' or '請' ? null : text;
    }

    /// <summary>Instruction and text around each other, the text in quotes: <c>How do you say "good morning" in French?</c></summary>
    private static TextSplit? SplitQuoted(string message)
    {
        foreach (var (open, close) in s_quotes)
        {
            var start = message.IndexOf(open);
            var end = message.LastIndexOf(close);
            if (start < 0 || end <= start + 1 || !IsQuotation(message, start, end, open, close))
                continue;

            var outside = $"{message[..start]} {message[(end + 1)..]}";
            if (ReadHead(outside.Trim()) is { Rest: "", Instruction: { IsComplete: true } instruction })
                return Certain(instruction, message[(start + 1)..end]);
        }

        return null;
    }

    private static bool IsQuotation(string message, int start, int end, char open, char close)
    {
        var inside = message.AsSpan(start + 1, end - start - 1);
        if (open != close)
            return inside.IndexOf(close) < 0;
        // An apostrophe within a word is none; any other inside would begin or end another quotation.
        if (start > 0 && char.IsLetterOrDigit(message[start - 1]) && message[start - 1] < '\u2e80')
            return false;
        for (var i = 1; i < inside.Length - 1; i++)
            if (inside[i] == open && !(char.IsLetter(inside[i - 1]) && char.IsLetter(inside[i + 1])))
                return false;
        return true;
    }

    /// <summary>
    /// Instruction pieces from the beginning: each of known words, until the instruction is complete; then only labels and sentences that ask for what
    /// the task gives anyway.
    /// </summary>
    private static Head? ReadHead(string message)
    {
        var tokens = new List<InstructionToken>();
        Instruction? instruction = null;
        var at = 0;
        foreach (var end in Pieces.Ends(message, withinSentences: true))
        {
            var piece = message.AsSpan(at, end - at);
            if (piece.IsWhiteSpace())
            {
                at = end;
                continue;
            }

            if (instruction is { IsComplete: true })
            {
                if (IsLabel(piece) || InstructionLexicon.Is(InstructionWord.Only, piece))
                {
                    at = end;
                    continue;
                }

                var isWithin = message.AsSpan(0, at).TrimEnd(' ') is [.., ',' or '，'];
                if (Continue(tokens, piece, isWithin) is { } longer)
                {
                    instruction = longer;
                    at = end;
                    continue;
                }

                // Words that are not known within the sentence of the instruction are part of it, not of the text.
                if (isWithin)
                    return null;
                break;
            }

            if (InstructionLexicon.Is(InstructionWord.Only, piece))
            {
                at = end;
                continue;
            }

            if (tokens.Count > 60 || InstructionLexicon.Read(piece) is not { } more || Instruction.Of([.. tokens, .. more]) is not { } grown)
                break;
            tokens.AddRange(more);
            instruction = grown;
            at = end;
        }

        var endsSentence = message.AsSpan(0, at).TrimEnd() is [.., '.' or '!' or '。' or '！'];
        return instruction is null && at == 0 ? null : new Head(instruction, message[at..].TrimStart(':', '：', ' ').Trim(), endsSentence);
    }

    /// <summary>A complete instruction that is said again, or goes on after a comma without saying anything; null when the piece is something else.</summary>
    private static Instruction? Continue(List<InstructionToken> tokens, ReadOnlySpan<char> piece, bool isWithin) =>
        InstructionLexicon.Read(piece) is { } more
        && (more.Exists(token => token.Kind is InstructionWord.Translate or InstructionWord.Summarize)
            || (isWithin && more.TrueForAll(token => token.Kind is InstructionWord.Filler or InstructionWord.Below)))
            ? Instruction.Of([.. tokens, .. more])
            : null;

    /// <summary>An instruction at the end, with sentences after it that ask for what the task gives anyway.</summary>
    private static (string Text, Instruction? Instruction) ReadTail(string message)
    {
        var ends = Pieces.Ends(message, withinSentences: false);
        var stop = ends.Count - 1;
        while (stop > 0 && IsHarmlessEnd(message.AsSpan(ends[stop - 1], ends[stop] - ends[stop - 1])))
            stop--;

        var text = message[..ends[stop]].TrimEnd();
        for (var begin = stop - 1; begin >= 0 && begin >= stop - MostInstructionPieces; begin--)
        {
            var piece = message.AsSpan(ends[begin], ends[stop] - ends[begin]);
            if (InstructionLexicon.Read(piece) is not { } tokens || Instruction.Of(tokens) is not { } instruction)
                break;
            if (instruction.IsComplete)
                return (message[..ends[begin]].TrimEnd(), instruction);
        }

        return (text, null);
    }

    private static bool IsHarmlessEnd(ReadOnlySpan<char> piece) =>
        piece.IsWhiteSpace() || InstructionLexicon.Is(InstructionWord.Only, piece)
        || (piece.TrimEnd() is [.., ':' or '：'] && InstructionLexicon.Is(InstructionWord.Prompt, piece));

    private static bool IsLabel(ReadOnlySpan<char> piece) => piece.TrimEnd() is [.., ':' or '：'] && InstructionLexicon.Is(InstructionWord.Label, piece);

    /// <summary>Instruction and text in one sentence without quotes are told apart only by their scripts: <c>Translate 你好世界 into English</c>.</summary>
    private static TextSplit? SplitByScript(string message)
    {
        if (message.Contains('\n', StringComparison.Ordinal))
            return null;
        var isHan = TextLanguage.HasHan(message);
        if (!isHan)
            return null;

        foreach (var latinIsText in (ReadOnlySpan<bool>)[true, false])
        {
            var first = -1;
            var last = -1;
            for (var i = 0; i < message.Length; i++)
                if (latinIsText ? char.IsAsciiLetter(message[i]) : TextLanguage.IsHan(message[i]))
                {
                    first = first < 0 ? i : first;
                    last = i;
                }

            if (first < 0)
                continue;
            // The mark that ends the text is its own when it stands before the rest of the instruction.
            if (last + 1 < message.Length - 1 && message[last + 1] is '.' or '!' or '?' or '。' or '！' or '？')
                last++;
            var text = message[first..(last + 1)];
            // Two words at least, or the word may be a name within the instruction.
            if (latinIsText ? TextLanguage.HasHan(text) || !text.Contains(' ', StringComparison.Ordinal) : text.Any(char.IsAsciiLetter) || text.Length < 2)
                continue;
            if (ReadHead($"{message[..first]} {message[(last + 1)..]}".Trim()) is { Rest: "", Instruction: { IsComplete: true, PointsBelow: false, PointsAbove: false } instruction })
                return Certain(instruction, text);
        }

        return null;
    }

    private static TextSplit Certain(Instruction instruction, string text)
    {
        text = Unwrap(text.Trim().Trim('-', '=', '*', '_').Trim() is { Length: > 0 } bare && HasRule(text) ? bare : text.Trim());
        if (!text.Any(char.IsLetter))
            return TextSplit.Uncertain("there is no text");
        if (AsksForMore(text))
            return TextSplit.Uncertain("the text may hold a further instruction");
        return new TextSplit(instruction.Task, text, instruction.Source, instruction.Target);
    }

    /// <summary>A line of marks between text and instruction.</summary>
    private static bool HasRule(string text) =>
        text.Split('\n') is [var first, .. var between, var last]
        && (first.AsSpan().Trim().ContainsAnyExcept("-=*_") is false || last.AsSpan().Trim().ContainsAnyExcept("-=*_") is false);

    /// <summary>Quotes, fences and tags around the whole text are not part of it.</summary>
    private static string Unwrap(string text)
    {
        if (text.StartsWith("```", StringComparison.Ordinal) && text.EndsWith("```", StringComparison.Ordinal) && text.Length > 6)
        {
            var line = text.IndexOf('\n');
            return line > 0 && text.AsSpan(3, line - 3).Trim().IndexOf(' ') < 0 ? text[(line + 1)..^3].Trim() : text[3..^3].Trim();
        }

        if (text.Length > 6 && text.StartsWith("\"\"\"", StringComparison.Ordinal) && text.EndsWith("\"\"\"", StringComparison.Ordinal))
            return text[3..^3].Trim();
        if (text.StartsWith('<') && text.IndexOf('>') is > 1 and var open && text.EndsWith($"</{text[1..open]}>", StringComparison.Ordinal))
            return text[(open + 1)..^(open + 2)].Trim();
        foreach (var (start, end) in s_quotes)
            if (text.Length > 2 && text[0] == start && text[^1] == end && IsQuotation(text, 0, text.Length - 1, start, end))
                return text[1..^1].Trim();
        return text;
    }

    /// <summary>A second instruction at the end of the text, or at the beginning of what is left.</summary>
    private static bool AsksForMore(string text)
    {
        var ends = Pieces.Ends(text, withinSentences: false);
        var from = Math.Max(0, ends.Count - 3);
        for (var i = from; i < ends.Count; i++)
        {
            var sentence = text.AsSpan(i == 0 ? 0 : ends[i - 1], ends[i] - (i == 0 ? 0 : ends[i - 1])).Trim();
            // A text of one sentence may begin in any way: "Please list the files" is there to be translated.
            if (i > 0 && InstructionLexicon.Begins(InstructionWord.Demand, WithoutLinks(sentence)))
                return true;
        }

        return text.TrimEnd() is [.., ')' or '）'] && text.LastIndexOfAny(['(', '（']) is > 0 and var open
            && InstructionLexicon.Begins(InstructionWord.Demand, text.AsSpan(open));
    }

    private static ReadOnlySpan<char> WithoutLinks(ReadOnlySpan<char> sentence)
    {
        while (InstructionLexicon.LengthOfLink(sentence) is > 0 and var length)
            sentence = sentence[length..].TrimStart(" ,，:：、");
        return sentence;
    }

    private static bool HasInstruction(string message) =>
        ReadHead(message) is { Instruction: not null and not { Task: InstructionWord.Unknown } }
        || ReadTail(message).Instruction is not null
        || InstructionLexicon.Begins(InstructionWord.Demand, message);

    /// <summary>An instruction, and what is left after it: empty when it was all. It may be a sentence of its own.</summary>
    private sealed record Head(Instruction? Instruction, string Rest, bool EndsSentence);
}
