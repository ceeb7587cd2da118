namespace LlmBroker.Routing.Prediction;

/// <summary>
/// What of a prompt's form tells how hard it is: options to choose from, numbers, sentences, signs; <see cref="Count"/> numbers of about 0 to 5.
/// One pass over the letters, for it lies on the way of every request.
/// </summary>
internal static class GainShape
{
    /// <summary>Place of the flag for a prompt that gives options to choose from.</summary>
    public const int HasOptions = 0;

    public const int Length = 4;
    public const int Numbers = 9;
    public const int Sentences = 18;
    public const int Count = 27;

    /// <summary>From so many on, <see cref="Numbers"/> speaks of a problem to calculate.</summary>
    public const float TwoNumbers = 2 * NumberUnit;

    private const int FirstSign = 13;
    private const int LastSign = 24;
    private const int Shouting = 25;
    private const int Lines = 26;
    private const float NumberUnit = 0.25f;

    private const byte Letter = 0;
    private const byte Capital = 1;
    private const byte Digit = 2;
    private const byte Stop = 3;
    private const byte Nothing = 4;

    private static readonly byte[] Ascii = ReadAscii();

    /// <summary>A prompt of megabytes is judged by its beginning.</summary>
    private const int CountedLength = 4000;

    private const int LongWord = 9;
    private const int LongNumber = 4;

    /// <summary>By place, for people who ask why.</summary>
    public static readonly string[] Names =
    [
        "options to choose from", "length of the options", "options of unequal length", "numbers as options", "length", "words", "length of the words", "long words",
        "capitalised words", "numbers", "longest number", "decimal fractions", "long numbers", "slashes", "percent signs", "dollar signs", "question marks", "commas",
        "sentences", "quotation marks", "parentheses", "equals signs", "powers and backslashes", "blanks", "semicolons", "a word in capitals", "lines",
    ];

    /// <param name="prompt">The last user message.</param>
    /// <param name="values">Takes the numbers.</param>
    public static void Read(ReadOnlySpan<char> prompt, Span<float> values)
    {
        values.Clear();
        prompt = prompt[..Math.Min(prompt.Length, CountedLength)];
        ReadLetters(prompt[..ReadOptions(prompt, values)], values);
    }

    /// <returns>Where the options begin; the prompt's length where it has none.</returns>
    private static int ReadOptions(ReadOnlySpan<char> prompt, Span<float> values)
    {
        var (options, numeric, sum, shortest, longest, begin, lines) = (0, 0, 0, int.MaxValue, 0, prompt.Length, 0);
        for (var at = 0; at < prompt.Length; lines++)
        {
            var length = prompt[at..].IndexOf('\n');
            var line = length < 0 ? prompt[at..] : prompt.Slice(at, length);
            if (line.Length > 2 && line[0] is >= 'A' and <= 'J' && line[1] is '.' or ')')
            {
                var option = line[2..].Trim();
                if (options++ == 0)
                    begin = at;
                sum += option.Length;
                shortest = Math.Min(shortest, option.Length);
                longest = Math.Max(longest, option.Length);
                numeric += IsNumeric(option) ? 1 : 0;
            }

            at += line.Length + 1;
        }

        values[Lines] = MathF.Log(1 + lines) / 2;
        if (options < 2)
            return prompt.Length;

        values[HasOptions] = 1;
        values[1] = MathF.Log(1 + ((float)sum / options)) / 2;
        values[2] = MathF.Log((1f + longest) / (1 + shortest));
        values[3] = (float)numeric / options;
        return begin;
    }

    private static bool IsNumeric(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var letter in text)
            digits += char.IsAsciiDigit(letter) ? 1 : 0;
        return digits > 0 && digits * 2 >= text.Length;
    }

    private static void ReadLetters(ReadOnlySpan<char> stem, Span<float> values)
    {
        var (words, letters, longWords, capitals, longestRun) = (0, 0, 0, 0, 0);
        var numbers = default(NumberCounts);
        for (var i = 0; i < stem.Length; i++)
        {
            int kind = KindOf(stem[i]);
            if (kind <= Capital)
            {
                // Without a branch for each letter, and a letter is 0, a capital 1: most of the time goes here.
                var (start, run) = (i, 0);
                capitals += kind;
                do
                {
                    run = (run + 1) & -kind;
                    longestRun = Math.Max(longestRun, run);
                    i++;
                }
                while (i < stem.Length && (kind = KindOf(stem[i])) <= Capital);
                words++;
                letters += i - start;
                longWords += i - start >= LongWord ? 1 : 0;
                if (i >= stem.Length)
                    break;
            }

            if (kind == Digit)
                i = numbers.Read(stem, i) - 1;
            else if (kind == Stop && (i + 1 >= stem.Length || char.IsWhiteSpace(stem[i + 1])))
                values[Sentences]++;
            else if (kind >= FirstSign)
                values[kind]++;
        }

        values[Length] = MathF.Log(1 + stem.Length) / 3;
        values[5] = MathF.Log(1 + words) / 3;
        if (words > 0)
        {
            values[6] = Math.Min((float)letters / words, 12) / 4;
            values[7] = (float)longWords / words * 3;
            values[8] = (float)capitals / words * 3;
        }

        values[Numbers] = Math.Min(numbers.Count, 15) * NumberUnit;
        values[10] = Math.Min(numbers.MostDigits, 8) / 3f;
        values[11] = Math.Min(numbers.Decimals, 5) / 2f;
        values[12] = Math.Min(numbers.Long, 5) / 2f;
        for (var place = FirstSign; place <= LastSign; place++)
            values[place] = MathF.Log(1 + Math.Min(values[place], 20));
        // NOT, EXCEPT, LEAST.
        values[Shouting] = longestRun >= 3 ? 1 : 0;
    }

    /// <summary>What a character is: one of the constants, or the place of a sign.</summary>
    private static int KindOf(char letter) => letter < Ascii.Length ? Ascii[letter] : KindOfOther(letter);

    private static int KindOfOther(char letter) => letter switch
    {
        '。' => Sentences,
        '？' => 16,
        '，' => 17,
        '“' => 19,
        '（' => 20,
        _ => char.IsLetter(letter) ? Letter : Nothing,
    };

    private static byte[] ReadAscii()
    {
        var kinds = new byte[128];
        for (var letter = '\0'; letter < kinds.Length; letter++)
        {
            kinds[letter] = letter switch
            {
                >= 'a' and <= 'z' => Letter,
                >= 'A' and <= 'Z' => Capital,
                >= '0' and <= '9' => Digit,
                '.' => Stop,
                '/' => 13,
                '%' => 14,
                '$' => 15,
                '?' => 16,
                ',' => 17,
                '"' => 19,
                '(' => 20,
                '=' => 21,
                '^' or '\\' => 22,
                '_' => 23,
                ';' => 24,
                _ => Nothing,
            };
        }

        return kinds;
    }

    private struct NumberCounts
    {
        public int Count;
        public int Decimals;
        public int Long;
        public int MostDigits;

        /// <returns>Where the number that begins at <paramref name="i"/> ends.</returns>
        public int Read(ReadOnlySpan<char> text, int i)
        {
            var (digits, hasPoint) = (0, false);
            for (; i < text.Length; i++)
            {
                if (char.IsAsciiDigit(text[i]))
                    digits += hasPoint ? 0 : 1;
                else if (text[i] is '.' or ',' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1]))
                    hasPoint |= text[i] == '.';
                else
                    break;
            }

            Count++;
            Decimals += hasPoint ? 1 : 0;
            Long += digits >= LongNumber ? 1 : 0;
            MostDigits = Math.Max(MostDigits, digits);
            return i;
        }
    }
}
