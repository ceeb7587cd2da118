namespace LlmBroker.Cascade.Validators;

/// <summary>
/// A translation keeps the numbers of its text, and a summary has none of its own. Written otherwise is kept: 1,250.5 and 1.250,5, 12,000 and
/// 1.2万, 50% and 百分之五十, 3 pm and 15:00, 2010–15 and 2010–2015, a date in another order. In a translation only what languages rarely spell
/// out is asked for: numbers of three digits and more, decimals and percentages, between English, Chinese and Japanese also those of two digits. In a
/// summary a number counts as made up when it has at least three digits before its zeros and is not within a twentieth of any in the request.
/// A conversion of units is taken for a fault.
/// </summary>
internal sealed class NumbersValidator : ICompletionValidator
{
    /// <summary>Longer ones may be a person's: an account, a telephone.</summary>
    private const int LongestTold = 9;

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.CallsTools || completion.WantsJson)
            return null;
        return completion.Task switch
        {
            "translation" when completion.Passage is { } text => RejectTranslation(text, completion),
            "summarization" => RejectSummary(completion),
            _ => null,
        };
    }

    private static string? RejectTranslation(string text, CheckedCompletion completion)
    {
        var fewest = completion.TargetLanguage is "en" or "zh" or "ja" && completion.SourceLanguage is "en" or "zh" or "ja" ? 2 : 3;
        var wanted = NumberReader.ReadDigits(text).Where(number => number.Digits >= fewest || number.IsExact).ToList();
        if (wanted.Count == 0)
            return null;

        var given = NumberReader.ReadAll(completion.Text);
        foreach (var number in wanted)
        {
            if (!IsKept(number, given) && !NumberReader.PartsOf(number).All(part => IsKept(part, given)))
                return Told(number, "is missing");
        }

        return null;
    }

    private static bool IsKept(TextNumber number, List<TextNumber> given) => given.Any(number.Means) || given.Any(other => IsYearOf(number, other));

    private static string? RejectSummary(CheckedCompletion completion)
    {
        var claimed = NumberReader.ReadDigits(completion.Text).Where(number => Significant(number.Text) >= 3).ToList();
        if (claimed.Count == 0)
            return null;

        var known = NumberReader.ReadAll(completion.Conversation);
        return claimed.FirstOrDefault(number => !known.Any(other => number.Means(other) || number.IsNear(other))) is { } invented
            ? Told(invented, "is not in the text")
            : null;
    }

    /// <summary>2015 and the 15 of 2010–15, either way round.</summary>
    private static bool IsYearOf(TextNumber one, TextNumber other) => IsYear(one, other) || IsYear(other, one);

    private static bool IsYear(TextNumber longer, TextNumber shorter) =>
        longer.Digits == 4 && shorter.Digits == 2 && longer.Readings[0] is >= 1900 and < 2100 && longer.Readings[0] % 100 == shorter.Readings[0];

    private static int Significant(string number) => string.Concat(number.Where(char.IsAsciiDigit)).Trim('0').Length;

    private static string Told(TextNumber number, string what) =>
        number.Digits > LongestTold ? $"a number of {number.Digits} digits {what}" : $"{number.Text} {what}";
}
