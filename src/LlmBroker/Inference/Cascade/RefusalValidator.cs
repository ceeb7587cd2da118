using LlmBroker.Configuration;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// An answer that declines: one that begins as models do when they do, and is short. A text that only contains such words passes, as does
/// any answer whose source begins alike, so that the translation of an apology is none.
/// </summary>
internal sealed class RefusalValidator : ICompletionValidator
{
    /// <summary>Who declines does not write much.</summary>
    private const int LongestRefusal = 700;

    private static readonly string[] Beginnings =
    [
        "i'm sorry, but i can", "i am sorry, but i can", "sorry, but i can", "sorry, i can't", "i'm sorry, i can", "i cannot ", "i can't assist", "i can't help",
        "i can’t assist", "i can’t help", "i'm unable to", "i am unable to", "i'm not able to", "as an ai language model", "as an ai, i", "unfortunately, i cannot", "unfortunately, i can't",
        "抱歉,我无法", "抱歉,我不能", "很抱歉,我无法", "很抱歉,我不能", "对不起,我无法", "对不起,我不能", "我无法提供", "我不能提供", "我无法协助", "我不能协助", "我无法满足", "作为一个ai", "作为一个人工智能", "作为人工智能", "作为ai",
        "抱歉,我無法", "很抱歉,我無法", "對不起,我無法", "我無法提供", "作為一個ai", "作為人工智慧",
        "lo siento, pero no puedo", "lo siento, no puedo", "no puedo ayudar", "como modelo de lenguaje", "je suis désolé, mais je ne peux", "désolé, mais je ne peux", "je ne peux pas",
        "en tant que modèle de langage", "es tut mir leid, aber ich kann", "tut mir leid, aber ich kann", "ich kann dabei nicht", "als ki-", "desculpe, mas não posso", "sinto muito, mas não posso", "mi dispiace, ma non posso",
        "申し訳ありませんが", "申し訳ございませんが", "죄송하지만", "죄송합니다만", "извините, но я не могу", "к сожалению, я не могу", "я не могу помочь",
    ];

    public string Name => CascadeValidatorNames.Refusal;

    public string? FindFault(in CheckedCompletion completion)
    {
        foreach (var message in completion.Messages())
        {
            if (message.TryGetProperty("refusal", out var refusal) && refusal.ValueKind == System.Text.Json.JsonValueKind.String)
                return "the model declined";
        }

        foreach (var text in completion.Texts())
        {
            if (text.Length <= LongestRefusal && BeginsAsRefusal(text) && !Apologizes(completion.Source))
                return "it reads like a refusal";
        }

        return null;
    }

    private static bool BeginsAsRefusal(string text)
    {
        var begin = Fold(text.AsSpan().TrimStart());
        return Beginnings.Any(phrase => begin.StartsWith(phrase, StringComparison.Ordinal));
    }

    /// <summary>The source itself may be such a text: translated, it must not count.</summary>
    private static bool Apologizes(string source)
    {
        var folded = Fold(source.AsSpan());
        return Beginnings.Any(phrase => folded.Contains(phrase, StringComparison.Ordinal))
            || ((ReadOnlySpan<string>)["sorry", "抱歉", "对不起", "對不起", "apolog", "désolé", "lo siento", "leid", "unfortunately", "申し訳", "죄송", "извините"])
                .ContainsAnyIn(folded);
    }

    private static string Fold(ReadOnlySpan<char> text)
    {
        Span<char> folded = stackalloc char[Math.Min(text.Length, 400)];
        for (var i = 0; i < folded.Length; i++)
            folded[i] = text[i] switch { '’' => '\'', ',' => ',', var letter => char.ToLowerInvariant(letter) };
        return folded.ToString();
    }
}
