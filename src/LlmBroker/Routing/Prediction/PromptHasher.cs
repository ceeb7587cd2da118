using System.Runtime.CompilerServices;

namespace LlmBroker.Routing.Prediction;

/// <summary>
/// Turns the beginning and the end of a prompt into hashed features: words (ideographs one by one), pairs of them, word beginnings and
/// endings, and again, apart, what stands near an edge or begins a line, since that is where people say what they want.
/// </summary>
internal static class PromptHasher
{
    /// <summary>Of a feature's number.</summary>
    public const int Bits = 18;

    public const int Buckets = 1 << Bits;

    private const int HeadLength = 1200;
    private const int TailLength = 600;
    private const int SystemLength = 400;

    /// <summary>The longest text that <see cref="Window"/> makes.</summary>
    public const int WindowLength = SystemLength + 1 + HeadLength + 1 + TailLength;

    private const int EdgeWords = 14;
    private const int EdgeIdeographs = 26;

    private const uint Pair = 0x9E3779B1, Triple = 0x85EBCA77, Beginning = 0xC2B2AE3D, Ending = 0x27D4EB2F;
    private const uint AtStart = 0x165667B1, AtEnd = 0xD3A2646C, AtLine = 0xFD7046C5, First = 0xB55A4F09;

    private static readonly char[] Ascii = ReadAscii();

    /// <summary>What is read of a request, normalized.</summary>
    /// <returns>How much of the target is filled.</returns>
    public static int Window(ClassifierInput input, Span<char> target)
    {
        var length = 0;
        if (input.System is { Length: > 0 } system)
        {
            length = Math.Min(system.Length, SystemLength);
            CueText.Normalize(system.AsSpan(0, length), target);
            target[length++] = '\n';
        }

        var prompt = input.Prompt.AsSpan().Trim();
        if (prompt.Length <= HeadLength + TailLength)
        {
            CueText.Normalize(prompt, target[length..]);
            return length + prompt.Length;
        }

        CueText.Normalize(prompt[..HeadLength], target[length..]);
        target[length + HeadLength] = '\n';
        CueText.Normalize(prompt[^TailLength..], target[(length + HeadLength + 1)..]);
        return length + HeadLength + 1 + TailLength;
    }

    public static void Hash(ReadOnlySpan<char> text, PredictionScratch scratch)
    {
        var count = Tokenize(text, scratch);
        var tokens = scratch.Tokens.AsSpan(0, count);
        var edge = CueText.IsMostlyIdeographs(text) ? EdgeIdeographs : EdgeWords;
        for (var i = 0; i < count; i++)
        {
            var token = tokens[i].Hash;
            var next = i + 1 < count ? tokens[i + 1].Hash : 1;
            var pair = Mix(token * Pair ^ next);
            scratch.AddBody(token);
            scratch.AddBody(pair);
            if (tokens[i].IsIdeograph && i + 2 < count)
                scratch.AddBody(Mix(pair * Triple ^ tokens[i + 2].Hash));
            if (tokens[i].Begin != 0)
            {
                scratch.AddBody(Mix(tokens[i].Begin * Beginning));
                scratch.AddBody(Mix(tokens[i].End * Ending));
            }

            if (tokens[i].StartsLine)
            {
                scratch.AddEdge(Mix(token * AtLine));
                scratch.AddEdge(Mix(pair * AtLine));
            }

            if (i < edge)
                AddEdge(scratch, token, pair, tokens[i].Begin, AtStart);
            if (i >= count - edge)
                AddEdge(scratch, token, pair, tokens[i].Begin, AtEnd);
        }

        if (count > 0)
        {
            scratch.AddEdge(Mix(tokens[0].Hash * First));
            scratch.AddEdge(Mix(tokens[count - 1].Hash * First + 1));
        }
    }

    private static void AddEdge(PredictionScratch scratch, uint token, uint pair, uint begin, uint zone)
    {
        scratch.AddEdge(Mix(token * zone));
        scratch.AddEdge(Mix(pair * zone));
        if (begin != 0)
            scratch.AddEdge(Mix(begin * zone + 1));
    }

    private static int Tokenize(ReadOnlySpan<char> text, PredictionScratch scratch)
    {
        var (count, startsLine) = (0, true);
        for (var i = 0; i < text.Length && count < scratch.Tokens.Length;)
        {
            var c = text[i];
            if (c == '\n')
            {
                startsLine = true;
                i++;
                continue;
            }

            if (char.IsWhiteSpace(c))
            {
                i++;
                continue;
            }

            var token = new PredictionScratch.Token { StartsLine = startsLine };
            startsLine = false;
            if (CueText.IsIdeograph(c) || !CueText.IsWordLetter(c))
            {
                token.Hash = Mix(c * 0x01000193u + 7);
                token.IsIdeograph = CueText.IsIdeograph(c);
                i++;
            }
            else
            {
                i = ReadWord(text, i, ref token);
            }

            scratch.Tokens[count++] = token;
        }

        return count;
    }

    /// <summary>Digits count as one and the same digit: what matters is that there is a number, and how long it is.</summary>
    private static int ReadWord(ReadOnlySpan<char> text, int start, ref PredictionScratch.Token token)
    {
        uint hash = 2166136261, begin = 0;
        var i = start;
        for (; i < text.Length && LetterOf(text[i]) is var letter && letter != 0; i++)
        {
            hash = (hash ^ letter) * 16777619;
            if (i - start == 3)
                begin = hash;
        }

        token.Hash = Mix(hash);
        if (i - start > 4)
        {
            token.Begin = Mix(begin);
            token.End = Mix((uint)(text[i - 1] | (text[i - 2] << 10)) * 31u ^ text[i - 3]);
        }

        return i;
    }

    /// <summary>A letter as it counts in a word, 0 what is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static char LetterOf(char c) => c < Ascii.Length ? Ascii[c] : LetterOfOther(c);

    private static char LetterOfOther(char c)
    {
        if (CueText.IsIdeograph(c) || !CueText.IsWordLetter(c))
            return '\0';
        return char.IsDigit(c) ? '0' : c;
    }

    private static char[] ReadAscii()
    {
        var letters = new char[128];
        for (var c = '\0'; c < letters.Length; c++)
            letters[c] = LetterOfOther(c);
        return letters;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Mix(uint hash)
    {
        hash ^= hash >> 15;
        hash *= 0x2C1B3C6D;
        hash ^= hash >> 12;
        hash *= 0x297A2D39;
        return hash ^ (hash >> 15);
    }
}
