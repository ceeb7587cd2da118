namespace LlmBroker.Routing.Prediction;

/// <summary>What of a prompt's form tells how hard it is: options to choose from, numbers, sentences, signs; <see cref="Count"/> numbers of about 0 to 5.</summary>
internal static class GainShape
{
    public const int Count = 27;

    /// <summary>Place of the flag for a prompt that gives options to choose from.</summary>
    public const int HasOptions = 0;

    public const int Length = 4;
    public const int Numbers = 9;
    public const int Sentences = 18;

    /// <summary>A prompt of megabytes is judged by its beginning.</summary>
    private const int CountedLength = 4000;

    /// <param name="prompt">The last user message.</param>
    /// <param name="values">Takes the numbers.</param>
    public static void Read(ReadOnlySpan<char> prompt, Span<float> values)
    {
        values.Clear();
        prompt = prompt[..Math.Min(prompt.Length, CountedLength)];
        var stem = ReadOptions(prompt, values);
        ReadWords(stem, values);
        ReadNumbers(stem, values);
        ReadSigns(stem, values);
    }

    /// <returns>The prompt before its options.</returns>
    private static ReadOnlySpan<char> ReadOptions(ReadOnlySpan<char> prompt, Span<float> values)
    {
        var (options, numeric, sum, shortest, longest, begin, at, lines) = (0, 0, 0, int.MaxValue, 0, prompt.Length, 0, 0);
        foreach (var line in prompt.EnumerateLines())
        {
            lines++;
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

        values[26] = MathF.Log(1 + lines) / 2;
        if (options < 2)
            return prompt;

        values[HasOptions] = 1;
        values[1] = MathF.Log(1 + ((float)sum / options)) / 2;
        values[2] = MathF.Log((1f + longest) / (1 + shortest));
        values[3] = (float)numeric / options;
        return prompt[..Math.Min(begin, prompt.Length)];
    }

    private static bool IsNumeric(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var letter in text)
            digits += char.IsAsciiDigit(letter) ? 1 : 0;
        return digits > 0 && digits * 2 >= text.Length;
    }

    private static void ReadWords(ReadOnlySpan<char> stem, Span<float> values)
    {
        var (words, letters, longWords, capitals, length) = (0, 0, 0, 0, 0);
        for (var i = 0; i <= stem.Length; i++)
        {
            var isLetter = i < stem.Length && char.IsLetter(stem[i]);
            if (isLetter && length++ == 0 && char.IsAsciiLetterUpper(stem[i]))
                capitals++;
            if (isLetter || length == 0)
                continue;

            words++;
            letters += length;
            longWords += length >= 9 ? 1 : 0;
            length = 0;
        }

        values[Length] = MathF.Log(1 + stem.Length) / 3;
        values[5] = MathF.Log(1 + words) / 3;
        if (words == 0)
            return;
        values[6] = Math.Min((float)letters / words, 12) / 4;
        values[7] = (float)longWords / words * 3;
        values[8] = (float)capitals / words * 3;
    }

    private static void ReadNumbers(ReadOnlySpan<char> stem, Span<float> values)
    {
        var (numbers, decimals, large, most) = (0, 0, 0, 0);
        for (var i = 0; i < stem.Length; i++)
        {
            if (!char.IsAsciiDigit(stem[i]))
                continue;

            var (digits, hasPoint) = (0, false);
            for (; i < stem.Length && (char.IsAsciiDigit(stem[i]) || (stem[i] is '.' or ',' && i + 1 < stem.Length && char.IsAsciiDigit(stem[i + 1]))); i++)
            {
                if (char.IsAsciiDigit(stem[i]))
                    digits += hasPoint ? 0 : 1;
                else if (stem[i] == '.')
                    hasPoint = true;
            }

            numbers++;
            decimals += hasPoint ? 1 : 0;
            large += digits >= 4 ? 1 : 0;
            most = Math.Max(most, digits);
        }

        values[Numbers] = Math.Min(numbers, 15) / 4f;
        values[10] = Math.Min(most, 8) / 3f;
        values[11] = Math.Min(decimals, 5) / 2f;
        values[12] = Math.Min(large, 5) / 2f;
    }

    private static void ReadSigns(ReadOnlySpan<char> stem, Span<float> values)
    {
        var (capitalRun, isShouting) = (0, false);
        for (var i = 0; i < stem.Length; i++)
        {
            var letter = stem[i];
            capitalRun = char.IsAsciiLetterUpper(letter) ? capitalRun + 1 : 0;
            isShouting |= capitalRun >= 3;
            var place = letter switch
            {
                '/' => 13,
                '%' => 14,
                '$' => 15,
                '?' or '？' => 16,
                ',' or '，' => 17,
                '.' or '。' when i + 1 >= stem.Length || char.IsWhiteSpace(stem[i + 1]) || letter == '。' => Sentences,
                '"' or '“' => 19,
                '(' or '（' => 20,
                '=' => 21,
                '^' or '\\' => 22,
                '_' => 23,
                ';' => 24,
                _ => -1,
            };
            if (place >= 0)
                values[place]++;
        }

        for (var place = 13; place <= 24; place++)
            values[place] = MathF.Log(1 + Math.Min(values[place], 20));
        // NOT, EXCEPT, LEAST.
        values[25] = isShouting ? 1 : 0;
    }
}
