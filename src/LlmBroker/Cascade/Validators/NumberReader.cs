using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmBroker.Cascade.Validators;

/// <summary>
/// Finds the numbers of a text: in digits of any script with the separators of any country and multipliers in several languages, in Chinese
/// numerals, in English words, and Roman. Pure.
/// </summary>
internal static partial class NumberReader
{
    private static readonly Dictionary<string, decimal> Multipliers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["k"] = 1e3m, ["thousand"] = 1e3m, ["mil"] = 1e3m, ["mille"] = 1e3m, ["tausend"] = 1e3m, ["тыс"] = 1e3m, ["тысяч"] = 1e3m, ["тысячи"] = 1e3m, ["тысяча"] = 1e3m, ["千"] = 1e3m, ["천"] = 1e3m,
        ["m"] = 1e6m, ["mn"] = 1e6m, ["mio"] = 1e6m, ["million"] = 1e6m, ["millions"] = 1e6m, ["millionen"] = 1e6m, ["millón"] = 1e6m, ["millones"] = 1e6m, ["milione"] = 1e6m, ["milioni"] = 1e6m, ["milhão"] = 1e6m, ["milhões"] = 1e6m, ["млн"] = 1e6m, ["миллион"] = 1e6m, ["миллиона"] = 1e6m, ["миллионов"] = 1e6m,
        ["b"] = 1e9m, ["bn"] = 1e9m, ["billion"] = 1e9m, ["billions"] = 1e9m, ["milliard"] = 1e9m, ["milliards"] = 1e9m, ["milliarde"] = 1e9m, ["milliarden"] = 1e9m, ["mrd"] = 1e9m, ["miliardo"] = 1e9m, ["miliardi"] = 1e9m, ["bilhão"] = 1e9m, ["bilhões"] = 1e9m, ["млрд"] = 1e9m, ["миллиард"] = 1e9m, ["миллиарда"] = 1e9m, ["миллиардов"] = 1e9m,
        ["trillion"] = 1e12m, ["trillions"] = 1e12m, ["billionen"] = 1e12m, ["万亿"] = 1e12m, ["萬億"] = 1e12m, ["兆"] = 1e12m, ["трлн"] = 1e12m,
        ["百万"] = 1e6m, ["百萬"] = 1e6m, ["千万"] = 1e7m, ["千萬"] = 1e7m, ["万"] = 1e4m, ["萬"] = 1e4m, ["만"] = 1e4m, ["亿"] = 1e8m, ["億"] = 1e8m, ["억"] = 1e8m, ["十亿"] = 1e9m, ["十億"] = 1e9m,
    };

    private static readonly Dictionary<char, int> ChineseDigits = new()
    {
        ['〇'] = 0, ['零'] = 0, ['一'] = 1, ['二'] = 2, ['两'] = 2, ['兩'] = 2, ['三'] = 3, ['四'] = 4, ['五'] = 5, ['六'] = 6, ['七'] = 7, ['八'] = 8, ['九'] = 9,
    };

    private static readonly Dictionary<string, int> EnglishWords = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
        .Split(' ').Select((word, value) => (word, value)).Concat([("twenty", 20), ("thirty", 30), ("forty", 40), ("fifty", 50), ("sixty", 60), ("seventy", 70), ("eighty", 80), ("ninety", 90), ("dozen", 12)])
        .ToDictionary(entry => entry.Item1, entry => entry.Item2, StringComparer.OrdinalIgnoreCase);

    /// <summary>Numbers in digits only, in their order.</summary>
    public static List<TextNumber> ReadDigits(string text)
    {
        var numbers = new List<TextNumber>();
        foreach (Match match in Digits().Matches(InAscii(text)))
        {
            var number = match.Groups["number"].Value;
            var readings = Readings(number);
            if (readings.Count == 0)
                continue;
            if (Multipliers.TryGetValue(match.Groups["unit"].Value, out var factor))
                readings.AddRange(readings.Where(one => Math.Abs(one) < 1e12m).Select(one => one * factor).ToArray());
            // 3 pm is 15:00 elsewhere.
            if (match.Groups["pm"].Success && readings[0] < 12)
                readings.Add(readings[0] + 12);
            var digits = number.Count(char.IsAsciiDigit);
            numbers.Add(new TextNumber(number, readings, digits, match.Groups["percent"].Success || Decimals().IsMatch(number)));
        }

        return numbers;
    }

    /// <summary>Numbers in digits, numerals and words.</summary>
    public static List<TextNumber> ReadAll(string text)
    {
        var numbers = ReadDigits(text);
        foreach (var number in numbers.ToArray())
        {
            if (PartsOf(number) is { Count: > 1 } parts)
                numbers.AddRange(parts);
        }

        foreach (Match match in Chinese().Matches(text))
            numbers.Add(Word(match.Value, ReadChinese(match.Value)));
        foreach (Match match in English().Matches(text))
            numbers.Add(Word(match.Value, [ReadEnglish(match.Value)]));
        foreach (Match match in Roman().Matches(text))
            numbers.Add(Word(match.Value, [ReadRoman(match.Value)]));
        // "un millón", "one and a half million" less its beginning: the word alone stands for one of them.
        foreach (Match match in Words().Matches(text))
        {
            if (match.Length > 2 && Multipliers.TryGetValue(match.Value, out var value))
                numbers.Add(Word(match.Value, [value]));
        }

        return numbers;
    }

    /// <summary>What <c>162 584</c> may be instead: two numbers side by side. Any other number is its own part.</summary>
    public static IReadOnlyList<TextNumber> PartsOf(TextNumber number) => number.Text.AsSpan().IndexOfAny(" \u00a0\u2009\u202f") < 0
        ? [number]
        : [.. number.Text.Split([' ', '\u00a0', '\u2009', '\u202f']).Select(part => new TextNumber(part, Readings(part), part.Count(char.IsAsciiDigit), IsExact: false))];

    private static TextNumber Word(string text, IReadOnlyList<decimal> readings) => new(text, readings, 0, IsExact: false);

    /// <summary>As a whole number whatever the separators, and with the last of them as the decimal point.</summary>
    private static List<decimal> Readings(string number)
    {
        var readings = new List<decimal>();
        var digits = string.Concat(number.Where(char.IsAsciiDigit));
        if (digits.Length is 0 or > 27)
            return readings;
        readings.Add(decimal.Parse(digits, CultureInfo.InvariantCulture));
        var last = number.LastIndexOfAny(['.', ',']);
        if (last > 0 && last < number.Length - 1)
            readings.Add(decimal.Parse($"{string.Concat(number[..last].Where(char.IsAsciiDigit))}.{string.Concat(number[last..].Where(char.IsAsciiDigit))}", CultureInfo.InvariantCulture));
        return readings;
    }

    /// <summary>三百五十 by value, 二〇二四 by place, and 一千二 as 1200.</summary>
    private static List<decimal> ReadChinese(string text)
    {
        if (text.All(ChineseDigits.ContainsKey))
        {
            var place = text.Aggregate(0m, (value, digit) => value > 1e20m ? value : (value * 10) + ChineseDigits[digit]);
            return [place];
        }

        decimal total = 0, section = 0, digitNow = 0, unit = 1;
        foreach (var letter in text)
        {
            if (ChineseDigits.TryGetValue(letter, out var digit))
            {
                digitNow = digit;
                if (digit == 0)
                    unit = 1;
                continue;
            }

            if (letter is '万' or '萬' or '亿' or '億')
            {
                var factor = letter is '万' or '萬' ? 1e4m : 1e8m;
                // 三万亿: the larger unit takes all that stands before it.
                total = section + digitNow > 0 ? total + ((section + digitNow) * factor) : total * factor;
                (section, digitNow, unit) = (0, 0, factor);
                continue;
            }

            unit = letter switch { '十' => 10, '百' => 100, _ => 1000 };
            section += Math.Max(digitNow, letter == '十' ? 1 : digitNow) * unit;
            digitNow = 0;
        }

        var value = total + section + digitNow;
        return digitNow > 0 && unit > 10 ? [value, total + section + (digitNow * unit / 10)] : [value];
    }

    private static decimal ReadEnglish(string text)
    {
        decimal total = 0, section = 0;
        foreach (Match match in Words().Matches(text))
        {
            if (EnglishWords.TryGetValue(match.Value, out var value))
                section += value;
            else if (match.Value.Equals("hundred", StringComparison.OrdinalIgnoreCase))
                section = Math.Max(1, section) * 100;
            else if (Multipliers.TryGetValue(match.Value, out var factor))
                (total, section) = (total + (Math.Max(1, section) * factor), 0);
        }

        return total + section;
    }

    private static decimal ReadRoman(string text)
    {
        var value = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var one = ValueOf(text[i]);
            value += i + 1 < text.Length && ValueOf(text[i + 1]) > one ? -one : one;
        }

        return value;

        static int ValueOf(char letter) => letter switch { 'I' => 1, 'V' => 5, 'X' => 10, 'L' => 50, 'C' => 100, 'D' => 500, _ => 1000 };
    }

    private static string InAscii(string text) => string.Create(text.Length, text, static (ascii, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            ascii[i] = source[i] switch
            {
                var digit when char.IsDigit(digit) => (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(digit)),
                '\u066b' or '\uff0e' => '.',
                '\u066c' or '\uff0c' => ',',
                '\uff05' or '\u066a' => '%',
                var other => other,
            };
        }
    });

    [GeneratedRegex(
        """
        (?<number>[0-9]{1,3}(?:[\u0020\u00a0\u2009\u202f'\u2019][0-9]{3})+(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)*)
        (?:\s?(?<percent>%)|[\s\u00a0-]?(?<pm>[pP]\.?[mM]\b)|\s?(?<unit>万亿|萬億|百万|百萬|千万|千萬|十亿|十億|[万萬亿億千兆만억천])|[\s\u00a0-]?(?<unit>\p{L}+))?
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant,
        2000)]
    private static partial Regex Digits();

    [GeneratedRegex(@"^[0-9]+[.,][0-9]{1,2}$|[.,][0-9]{4,}$", RegexOptions.CultureInvariant)]
    private static partial Regex Decimals();

    [GeneratedRegex("[〇零一二两兩三四五六七八九十百千万萬亿億]+", RegexOptions.CultureInvariant)]
    private static partial Regex Chinese();

    [GeneratedRegex(
        @"\b(?:(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|dozen)(?:[\s-]+(?:and\s+)?|\b))+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        2000)]
    private static partial Regex English();

    [GeneratedRegex(@"\b[IVXLCDM]{2,}\b", RegexOptions.CultureInvariant)]
    private static partial Regex Roman();

    [GeneratedRegex(@"\p{L}+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
