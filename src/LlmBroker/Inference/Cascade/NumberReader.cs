using System.Buffers;
using System.Globalization;
using System.Text;

namespace LlmBroker.Inference.Cascade;

/// <summary>The numbers of a text, each in all the ways in which it may be meant.</summary>
internal sealed class NumberReader
{
    /// <summary>Smaller ones are often written as words.</summary>
    private const double Least = 13;

    private static readonly SearchValues<char> HanNumbers = SearchValues.Create("零〇一二三四五六七八九十百千万亿萬億兩两");

    private readonly List<(string Text, double[] Values)> numbers = [];
    private readonly HashSet<double> all = [];
    private readonly bool hasHanNumbers;

    private NumberReader(bool hasHanNumbers) => this.hasHanNumbers = hasHanNumbers;

    public static NumberReader Read(string text)
    {
        var reader = new NumberReader(text.AsSpan().ContainsAny(HanNumbers));
        for (var at = 0; at < text.Length;)
        {
            if (!char.IsDigit(text[at]))
            {
                at++;
                continue;
            }

            var end = EndOf(text, at);
            // Part of a word, such as a name of a product, is no number.
            if (at == 0 || !char.IsAsciiLetter(text[at - 1]))
                reader.Add(text[at..end], FactorsAt(text, end));
            at = end;
        }

        return reader;
    }

    /// <summary>The first number that the other text has in no way; one that may be written in Chinese numerals there is let pass.</summary>
    public string? FirstMissingIn(NumberReader other)
    {
        foreach (var (text, values) in numbers)
        {
            if (values.Max() >= Least && !values.Any(other.all.Contains) && !other.hasHanNumbers)
                return text;
        }

        return null;
    }

    private void Add(string text, double[] factors)
    {
        var values = ValuesOf(text).SelectMany(value => factors, (value, factor) => Math.Round(value * factor, 6)).Distinct().ToArray();
        if (values.Length == 0)
            return;
        numbers.Add((text, values));
        all.UnionWith(values);
    }

    private static int EndOf(string text, int begin)
    {
        var end = begin;
        while (end < text.Length && (char.IsDigit(text[end]) || (IsSeparator(text[end]) && end + 1 < text.Length && char.IsDigit(text[end + 1]))))
            end++;
        return end;
    }

    private static bool IsSeparator(char letter) => letter is ',' or '.' or '\'' or '’' or '\u00a0' or '\u202f' or '٬' or '٫';

    /// <summary>Separators may part thousands or decimals; digits of every script are digits.</summary>
    private static IEnumerable<double> ValuesOf(string text)
    {
        var digits = new StringBuilder();
        var lastSeparator = -1;
        var separators = 0;
        foreach (var letter in text)
        {
            if (char.IsDigit(letter))
            {
                digits.Append((char)('0' + (int)char.GetNumericValue(letter)));
            }
            else
            {
                lastSeparator = digits.Length;
                separators++;
            }
        }

        if (digits.Length > 18 || !double.TryParse(digits.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
            yield break;

        yield return whole;
        if (lastSeparator >= 0)
            yield return whole / Math.Pow(10, digits.Length - lastSeparator);
        // 24.12 may be two numbers, such as a date or a time that the other language writes apart.
        if (separators == 1 && lastSeparator > 0)
            yield return double.Parse(digits.ToString(0, lastSeparator), CultureInfo.InvariantCulture);
        // '98 for 1998.
        if (separators == 0 && digits.Length == 4)
            yield return whole % 100;
    }

    /// <summary>What multiplies the number behind it, with 1 for a text that leaves the word out.</summary>
    private static double[] FactorsAt(string text, int at)
    {
        var rest = text.AsSpan(at).TrimStart();
        foreach (var (word, factor) in (ReadOnlySpan<(string, double)>)
                 [("万亿", 1e12), ("萬億", 1e12), ("十亿", 1e9), ("亿", 1e8), ("億", 1e8), ("억", 1e8), ("千万", 1e7), ("百万", 1e6), ("百萬", 1e6), ("万", 1e4), ("萬", 1e4), ("만", 1e4), ("千", 1e3),
                  ("trillion", 1e12), ("billion", 1e9), ("million", 1e6), ("thousand", 1e3), ("millones", 1e6), ("millions", 1e6), ("milliards", 1e9), ("Millionen", 1e6), ("Milliarden", 1e9),
                  ("Mio", 1e6), ("Mrd", 1e9), ("mil millones", 1e9), ("mil", 1e3), ("bn", 1e9), ("млн", 1e6), ("млрд", 1e9), ("тыс", 1e3), ("k", 1e3), ("K", 1e3), ("M", 1e6), ("m", 1e6), ("B", 1e9)])
        {
            if (rest.StartsWith(word, StringComparison.Ordinal) && (word[0] > 0x2e80 || rest.Length == word.Length || !char.IsLetter(rest[word.Length])))
                return [factor, 1];
        }

        return [1];
    }
}
