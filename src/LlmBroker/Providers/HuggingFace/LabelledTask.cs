using System.Text.RegularExpressions;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>Takes requests to classify or to extract apart: words that name labels or kinds of entities, and the text. Pure; null when it is not certain.</summary>
internal static partial class LabelledTask
{
    private const int LongestLabel = 40;

    private static readonly Dictionary<string, string> s_entities = new(StringComparer.OrdinalIgnoreCase)
    {
        ["person"] = "PER", ["persons"] = "PER", ["people"] = "PER", ["names of people"] = "PER", ["person names"] = "PER", ["人名"] = "PER", ["人物"] = "PER",
        ["organization"] = "ORG", ["organizations"] = "ORG", ["organisation"] = "ORG", ["organisations"] = "ORG", ["companies"] = "ORG", ["company names"] = "ORG",
        ["组织"] = "ORG", ["机构"] = "ORG", ["组织机构"] = "ORG", ["组织名"] = "ORG", ["机构名"] = "ORG", ["公司"] = "ORG",
        ["location"] = "LOC", ["locations"] = "LOC", ["places"] = "LOC", ["place names"] = "LOC", ["地名"] = "LOC", ["地点"] = "LOC",
        ["entities"] = "", ["named entities"] = "", ["实体"] = "", ["命名实体"] = "",
    };

    /// <summary>The labels among which to choose, and the text.</summary>
    public static (IReadOnlyList<string> Labels, string Text)? Classification(string message)
    {
        var match = ClassifyEnglish().Match(message) is { Success: true } english ? english : ClassifyChinese().Match(message);
        if (!match.Success)
            return null;

        var labels = Words(match.Groups["labels"].Value);
        return labels.Length >= 2 && Array.TrueForAll(labels, label => label.Length <= LongestLabel) ? (labels, match.Groups["text"].Value.Trim()) : null;
    }

    /// <summary>The kinds of entities in the words of the request, each with the group that models call it, and the text. No kind: all.</summary>
    public static (IReadOnlyList<(string Word, string Group)> Kinds, string Text)? Extraction(string message)
    {
        var match = ExtractEnglish().Match(message) is { Success: true } english ? english : ExtractChinese().Match(message);
        if (!match.Success)
            return null;

        var words = Words(match.Groups["kinds"].Value);
        if (words is [] || !Array.TrueForAll(words, s_entities.ContainsKey))
            return null;
        return ([.. words.Select(word => (word, s_entities[word])).Where(kind => kind.Item2.Length > 0)], match.Groups["text"].Value.Trim());
    }

    private static string[] Words(string list) =>
        [.. Separator().Split(list).Select(word => word.Trim(' ', '"', '\'', '“', '”', '[', ']', '(', ')')).Where(word => word.Length > 0)];

    [GeneratedRegex("""\s*[,，、/;]\s*(?:or\s+|and\s+)?|\s+(?:or|and)\s+|或者|或|和|以及""", RegexOptions.IgnoreCase)]
    private static partial Regex Separator();

    [GeneratedRegex(
        """^(?:please\s+)?(?:classify|categori[sz]e|label)\s+(?:(?:the\s+)?sentiment\s+of\s+)?(?:the\s+|this\s+|each\s+)?(?:following\s+)?(?:text|sentence|review|tweet|comment|message|article|headline|email|news|paragraph)?\s*(?:as|into|with)\s+(?:one\s+of\s+|either\s+)?(?:the\s+following\s+)?(?:(?:categories|labels|classes)\s*:?\s*)?(?<labels>[^:\n.]{3,200})[:.\n]\s*(?:(?:text|review|sentence)\s*:\s*)?(?<text>\S.*)$""",
        RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex ClassifyEnglish();

    [GeneratedRegex("""^请?(?:将|把|对)?(?:以下|下面|下列|这个|这条|这段)?的?(?:文本|句子|评论|新闻|内容|文字|短信|邮件)?(?:进行)?(?:分类|归类)(?:为|到|成)(?<labels>[^：:\n。]{3,100})[：:。\n]\s*(?<text>\S.*)$""", RegexOptions.Singleline)]
    private static partial Regex ClassifyChinese();

    [GeneratedRegex(
        """^(?:please\s+)?(?:extract|identify|find)\s+(?:all\s+)?(?:of\s+)?(?:the\s+)?(?:names\s+of\s+)?(?:the\s+|all\s+)?(?<kinds>[\p{L} ,]{3,80}?)\s+(?:in|from|mentioned\s+in)\s+(?:the\s+|this\s+)?(?:following\s+)?(?:text|sentence|paragraph|article|passage)\s*[:.\n]\s*(?<text>\S.*)$""",
        RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex ExtractEnglish();

    [GeneratedRegex("""^请?从?(?:以下|下面|下列)(?:文本|句子|文章|段落|内容)?中?(?:提取|抽取|识别)出?(?:所有)?的?(?<kinds>[^：:\n。]{2,60}?)[：:\n]\s*(?<text>\S.*)$""", RegexOptions.Singleline)]
    private static partial Regex ExtractChinese();
}
