using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmBroker.Providers;

namespace LlmBroker.Cascade;

/// <summary>Reads the score out of a judge's answer: also with words or a fence around the JSON, as <c>8/10</c>, or in a text.</summary>
internal static partial class JudgeScore
{
    /// <returns>0 to 10; null when there is none, or more than one that differ.</returns>
    public static double? Read(JsonElement answer)
    {
        if (answer.Member("choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
            return null;

        double? score = null;
        foreach (Match match in Score().Matches(CompletionReader.TextOf(choices[0].Member("message"))))
        {
            if (!double.TryParse(match.Groups["score"].Value.Replace(',', '.'), CultureInfo.InvariantCulture, out var found) || found > 10)
                return null;
            if (score is { } other && other != found)
                return null;
            score = found;
        }

        return score;
    }

    [GeneratedRegex("\"?score\"?\\s*[:\uff1a=]\\s*\"?(?<score>[0-9]{1,2}(?:[.,][0-9]{1,3})?)(?![0-9])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 2000)]
    private static partial Regex Score();
}
