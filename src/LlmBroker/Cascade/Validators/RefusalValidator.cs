using System.Text.RegularExpressions;
using LlmBroker.Providers;

namespace LlmBroker.Cascade.Validators;

/// <summary>
/// The answer does not decline. Rejected is what the vendor marks as declined or filtered, and an answer that declines in its first words, in one
/// of ten languages. A text that was asked about is no refusal: where the request itself has words of apology or refusal, as a letter to translate
/// may, an answer with such words passes. So does one that goes on for long, since it helps all the same.
/// </summary>
internal sealed partial class RefusalValidator : ICompletionValidator
{
    /// <summary>Of the answer, in Latin letters: where a refusal stands, and how long it is at most.</summary>
    private const int Beginning = 240;

    private const int Longest = 900;

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.Choice.Member("message")?.Text("refusal") is { Length: > 0 })
            return "the model declined";
        if (completion.FinishReason == "content_filter")
            return "the vendor filtered the answer";
        if (completion.CallsTools || completion.WantsJson)
            return null;

        // A mark in brackets may stand before it.
        var text = Mark().Replace(completion.Text, "", 1).TrimStart();
        if (text.Length == 0 || TextWeight.Of(text) > Longest)
            return null;
        return Refusal().IsMatch(text[..Math.Min(text.Length, Beginning)]) && !Apology().IsMatch(completion.Conversation) ? "the model declined" : null;
    }

    [GeneratedRegex(@"^\s*\[[^\[\]\n]{1,80}\]\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();

    [GeneratedRegex(
        """
        ^(?:
        (?:(?:i['’]?m|i\ am)\ (?:very\ |so\ |really\ |truly\ )?sorry|sorry|my\ apologies|i\ apologi[sz]e|unfortunately)?[\s,.;:—–-]*(?:but\ |however,?\ )?
          (?:as\ an?\ (?:ai|language\ model)\b[^.!?\n]{0,60}\s)?
          (?:i|we)\ ?(?:can(?:no|['’])t|can\ not|['’]m\ (?:not\ able|unable)\ to|am\ (?:not\ able|unable)\ to|won['’]t|will\ not|must\ decline|have\ to\ decline)
          [^.!?\n]{0,20}?\s?(?:be\ able\ to\ )?\b(?:help|assist|comply|fulfil+|provide|translate|do\ (?:that|this)|answer|write|create|generate|continue|support|engage|summari[sz]e|process|with\ th(?:at|is))\b
        |(?:as|since\ i['’]?m|because\ i['’]?m)\ (?:an?\ )?(?:ai|artificial|large\ language|language\ model)\b[^\n]{0,100}?\b(?:can(?:no|['’])t|unable|not\ able|don['’]t\ have|do\ not\ have)\b
        |(?:很|非常|十分|真的)?(?:抱歉|对不起|對不起|不好意思|遗憾|遺憾)[^\n。!\uff01?\uff1f]{0,40}(?:无法|無法|不能|不可以|没有办法|沒有辦法)[^\n。!\uff01]{0,12}(?:帮|幫|协助|協助|提供|回答|满足|滿足|完成|翻译|翻譯|处理|處理|生成|撰写|撰寫|继续|繼續|执行|執行|讨论|討論|支持)
        |(?:作为|作為)(?:一个|一個|一名|一款)?(?:AI|ai|人工智能|人工智慧|大?(?:型)?语言模型|語言模型)[^\n]{0,50}(?:无法|無法|不能|没有能力|沒有能力)
        |我(?:无法|無法|不能)(?:帮|幫|协助|協助|提供|回答|满足|滿足|完成|翻译|翻譯|处理|處理)
        |(?:申し訳(?:ありません|ございません)|すみません)[^\n]{0,60}(?:できません|できかねます|お手伝いできません|お答えできません)
        |(?:죄송합니다|죄송하지만|미안하지만)[^\n]{0,60}(?:할\ 수\ 없|드릴\ 수\ 없|어렵습니다|도와드릴\ 수)
        |(?:lo\ siento|lo\ lamento|perd[oó]n|disculpa)[^\n.!]{0,20}(?:no\ puedo|no\ me\ es\ posible|no\ podemos)\ [^\n.]{0,12}(?:ayudar|asistir|proporcionar|responder|cumplir|traducir|hacer|ofrecer)
        |(?:d[ée]sol[ée]e?|je\ suis\ d[ée]sol[ée]e?|je\ regrette)[^\n.!]{0,20}je\ ne\ (?:peux|puis|suis)\ pas\ [^\n.]{0,20}(?:aider|fournir|r[ée]pondre|traduire|faire|en\ mesure|assister|satisfaire)
        |(?:es\ )?tut\ mir\ leid[^\n.!]{0,20}(?:kann\ ich|ich\ kann)\ [^\n.]{0,40}(?:nicht|kein)
        |(?:mi\ dispiace|spiacente)[^\n.!]{0,20}non\ (?:posso|sono\ in\ grado)\ [^\n.]{0,12}(?:aiutar|fornire|rispondere|tradurre|assister|fare)
        |(?:desculpe|sinto\ muito|lamento)[^\n.!]{0,20}n[ãa]o\ (?:posso|consigo)\ [^\n.]{0,12}(?:ajudar|fornecer|responder|traduzir|atender|fazer)
        |(?:извините|к\ сожалению|простите)[^\n.!]{0,20}(?:я\ )?не\ (?:могу|в\ состоянии)\ [^\n.]{0,16}(?:помочь|предоставить|ответить|перевести|выполнить)
        |(?:عذرا|عذرًا|آسف)[^\n]{0,30}(?:لا\ أستطيع|لا\ يمكنني)
        )
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant,
        2000)]
    private static partial Regex Refusal();

    /// <summary>Words that a text may have which speaks of refusing or being sorry.</summary>
    [GeneratedRegex(
        "sorry|apolog|regret|unfortunate|declin|refus|reject|can(?:no|['’])t|unable|not able|as an ai|抱歉|对不起|對不起|遗憾|遺憾|道歉|拒绝|拒絕|婉拒|无法|無法|不能"
        + "|申し訳|すみません|できません|죄송|미안|siento|lamento|puedo|disculp|désol|regrette|peux pas|leid|entschuldig|kann nicht|dispiace|scus|posso|desculp|извин|сожал|прост|не могу|عذر|آسف|أستطيع",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        2000)]
    private static partial Regex Apology();
}
