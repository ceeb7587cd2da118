using System.Buffers;

namespace LlmBroker.Routing;

/// <summary>Reads the features of a prompt off its normalized beginning and end.</summary>
internal static class PromptFeatureDetector
{
    // In letters; ideographs say the same in a third of them.
    private const int WordProblemLength = 500;
    private const int ShortLength = 160;
    private const int LettersPerIdeograph = 3;

    private const string MathSigns = "√∫∑≤≥≠∈∠²³";

    /// <summary>ASCII without digits and signs of mathematics.</summary>
    private static readonly SearchValues<char> SaysNothing =
        SearchValues.Create([.. Enumerable.Range(0, 128).Select(code => (char)code).Where(c => !char.IsDigit(c) && c is not ('=' or '+' or '^'))]);

    private static readonly string[] CodeBeginnings = ["def ", "import ", "#include", "return ", "</", "//"];

    public static PromptFeatures Detect(ReadOnlySpan<char> text, int promptLength, int turns)
    {
        var features = turns > 1 ? PromptFeatures.LaterTurn : PromptFeatures.None;
        text = text.Trim();
        if (text.IsEmpty)
            return features;

        if (text.Contains("```", StringComparison.Ordinal))
            features |= PromptFeatures.CodeFence;

        var counts = Count(text);
        if (counts.CodeLines >= 3 || (counts.CodeLines >= 2 && text.Length < 300))
            features |= PromptFeatures.CodeLines;
        else if (counts.MathSigns >= 1)
            features |= PromptFeatures.Equation;
        if (counts.OptionLines >= 3)
            features |= PromptFeatures.Options;

        if (AsksSomething(text))
        {
            var length = CueText.IsMostlyIdeographs(text) ? promptLength * LettersPerIdeograph : promptLength;
            if (counts.Numbers >= 2 && counts.OptionLines == 0 && length < WordProblemLength)
                features |= PromptFeatures.NumbersAndQuestion;
            features |= length < ShortLength ? PromptFeatures.ShortQuestion : PromptFeatures.PassageAndQuestion;
        }

        return features;
    }

    private static (int CodeLines, int MathSigns, int Numbers, int OptionLines) Count(ReadOnlySpan<char> text)
    {
        int codeLines = 0, mathSigns = 0, numbers = 0, optionLines = 0;
        foreach (var range in text.Split('\n'))
        {
            var line = text[range].Trim();
            if (LooksLikeCode(line))
                codeLines++;
            else if (LooksLikeOption(line))
                optionLines++;
        }

        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (SaysNothing.Contains(c))
            {
                // From here to the next that may say something, in one step.
                var rest = text[i..].IndexOfAnyExcept(SaysNothing);
                if (rest < 0)
                    break;
                c = text[i += rest];
            }

            if (char.IsDigit(c))
            {
                if (i == 0 || !char.IsDigit(text[i - 1]))
                    numbers++;
            }
            else if (MathSigns.Contains(c) || (c is '=' or '+' or '×' or '÷' or '^' && StandsBetweenTerms(text, i)))
            {
                mathSigns++;
            }
        }

        return (codeLines, mathSigns, numbers, optionLines);
    }

    // "x + 3", "2(a", "= -4"; letters on both sides are not enough: "C + D batteries".
    private static bool StandsBetweenTerms(ReadOnlySpan<char> text, int index)
    {
        var left = text[..index].TrimEnd(' ');
        var right = text[(index + 1)..].TrimStart(' ');
        if (left.IsEmpty || right.IsEmpty)
            return false;
        return (IsTerm(left[^1]) && (char.IsDigit(right[0]) || right[0] is '(' or '-'))
            || (char.IsDigit(left[^1]) && IsTerm(right[0]));
    }

    private static bool IsTerm(char c) => char.IsDigit(c) || char.IsAsciiLetterLower(c) || c is '(' or ')';

    private static bool LooksLikeCode(ReadOnlySpan<char> line)
    {
        if (line.Length < 2)
            return false;
        if (line[^1] is ';' or '{' or '}' || line.EndsWith("):", StringComparison.Ordinal) || IsCall(line))
            return true;
        foreach (var beginning in CodeBeginnings)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
                return true;
        }

        return line[^1] == ':' && line.StartsWith("class ", StringComparison.Ordinal);
    }

    // One word, a parenthesis at once, and its end at the end of the line: "plot.show(figure)".
    private static bool IsCall(ReadOnlySpan<char> line)
    {
        var open = line.IndexOf('(');
        return open > 0 && line[^1] == ')' && char.IsAsciiLetterOrDigit(line[open - 1]) && !line[..open].Contains(' ');
    }

    private static bool LooksLikeOption(ReadOnlySpan<char> line) =>
        line.Length > 2
        && ((char.IsAsciiLetterOrDigit(line[0]) && line[1] is '.' or ')' or '、' or ':') || (line[0] == '(' && line[2] == ')'));

    private static bool AsksSomething(ReadOnlySpan<char> text)
    {
        var firstBreak = text.IndexOf('\n');
        var first = firstBreak < 0 ? text : text[..firstBreak].TrimEnd();
        return EndsAsQuestion(text) || EndsAsQuestion(first);
    }

    private static bool EndsAsQuestion(ReadOnlySpan<char> line)
    {
        var end = line.TrimEnd(" \"'”」』)。.");
        return !end.IsEmpty && end[^1] is '?' or '؟';
    }
}
