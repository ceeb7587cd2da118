using System.Text.RegularExpressions;

namespace LlmBroker.Simulation.Answers;

/// <summary>A language that answers are written in: how a prompt names it, and words to fill a text with.</summary>
/// <param name="Code">ISO 639-1.</param>
/// <param name="Names">What it is called in English, Chinese and itself, in small letters.</param>
/// <param name="Filling">Words, the commonest among them, so that the language can be told.</param>
/// <param name="Refusal">Words to decline with.</param>
internal sealed partial record ProseLanguage(string Code, string[] Names, string Filling, string Refusal)
{
    public static readonly ProseLanguage English = new(
        "en", ["english", "英语", "英文", "inglés", "anglais", "englisch"],
        "the request was read and this answer stands in for what a model would have said its length follows from plan while words are drawn by seed so that every run agrees",
        "I'm sorry, but I can't help with that.");

    public static readonly ProseLanguage Chinese = new(
        "zh", ["chinese", "中文", "汉语", "简体", "繁体", "mandarin", "chino", "chinois"],
        "这个 回答 是 模拟 的 文字 不 代表 真实 模型 的 意思 长度 按照 计划 而 定 词语 由 种子 抽取 每次 运行 都 一样 我们 可以 看到 结果",
        "抱歉\uff0c我无法帮助您完成这个请求。");

    private static readonly ProseLanguage[] All =
    [
        English,
        Chinese,
        new("ja", ["japanese", "日语", "日文", "日本語"], "この 答え は 模擬 の もの です 長さ は 計画 に より 決まり 言葉 は 種 から 選ば れ ます", "申し訳ありませんが、お手伝いできません。"),
        new("ko", ["korean", "韩语", "韩文", "한국어"], "이 답은 모의 답변 이며 길이는 계획에 따라 정해지고 단어는 씨앗에서 뽑습니다 모든 실행은 같습니다", "죄송하지만 도와드릴 수 없습니다."),
        new("es", ["spanish", "西班牙语", "西班牙文", "español"], "la respuesta es de un modelo que no existe y las palabras se toman de una lista para que el texto tenga su tamaño como los demás", "Lo siento, pero no puedo ayudar con eso."),
        new("fr", ["french", "法语", "法文", "français", "francés"], "la réponse est pour un modèle qui ne pense pas et les mots sont pris dans une liste avec des tailles que le plan donne", "Désolé, je ne peux pas vous aider."),
        new("de", ["german", "德语", "德文", "deutsch", "alemán", "allemand"], "die Antwort ist von einem Modell das es nicht gibt und der Text wird aus Wörtern auf einer Liste mit der Länge des Plans", "Es tut mir leid, aber ich kann dabei nicht helfen."),
        new("it", ["italian", "意大利语", "italiano"], "la risposta è di un modello che non esiste e il testo si fa con le parole di una lista per come il piano dice", "Mi dispiace, non posso aiutare con questo."),
        new("pt", ["portuguese", "葡萄牙语", "português"], "a resposta é de um modelo que não existe e o texto se faz com as palavras de uma lista para mais uma vez ser como os outros", "Desculpe, não posso ajudar com isso."),
        new("ru", ["russian", "俄语", "俄文", "русский", "русском"], "этот ответ написан моделью которой нет слова взяты из списка чтобы текст имел нужную длину и каждый раз был таким же", "Извините, я не могу помочь с этим."),
        new("hi", ["hindi", "印地语", "हिन्दी", "हिंदी"], "यह उत्तर एक ऐसे मॉडल का है जो नहीं है और शब्द एक सूची से लिए गए हैं ताकि लंबाई योजना के अनुसार हो", "क्षमा करें, मैं इसमें मदद नहीं कर सकता।"),
        new("ar", ["arabic", "阿拉伯语", "العربية"], "هذا الجواب من نموذج لا وجود له والكلمات من قائمة حتى يكون النص بطول مناسب في كل مرة", "عذرا، لا أستطيع المساعدة في هذا."),
    ];

    /// <summary>The words of an instruction stand at the beginning or the end.</summary>
    private const int InstructionLength = 160;

    public string[] Words { get; } = Filling.Split(' ');

    public bool IsLatin => Filling[0] < '\u0250';

    /// <summary>What stands between two words.</summary>
    public string Space => Code is "zh" or "ja" ? "" : " ";

    /// <summary>Any other one than this.</summary>
    public ProseLanguage Wrong => Code == "ru" ? English : All.First(language => language.Code == "ru");

    public static ProseLanguage? Of(string code) => All.FirstOrDefault(language => language.Code == code);

    /// <summary>The language that a prompt wants a translation into; null when it wants none.</summary>
    public static ProseLanguage? TargetOf(string transcript)
    {
        var words = transcript.ToLowerInvariant();
        if (words.Length > 2 * InstructionLength)
            words = $"{words[..InstructionLength]} {words[^InstructionLength..]}";
        if (!Translate().IsMatch(words))
            return null;

        // The last one that follows "into" and the like, else the last one.
        return All
            .SelectMany(language => language.Names.Select(name => (language, name, at: words.LastIndexOf(name, StringComparison.Ordinal))))
            .Where(found => found.at >= 0)
            .OrderByDescending(found => Into().IsMatch(words[Math.Max(0, found.at - 12)..found.at]))
            .ThenByDescending(found => found.at)
            .FirstOrDefault().language;
    }

    /// <summary>The language of a text: by its script, and for Latin letters by the words that it shares; English when it cannot be told.</summary>
    public static ProseLanguage LanguageOf(string text)
    {
        int han = 0, kana = 0, hangul = 0, cyrillic = 0, arabic = 0, devanagari = 0, latin = 0;
        foreach (var letter in text.Where(char.IsLetter))
        {
            switch (letter)
            {
                case < '\u0250': latin++; break;
                case >= '\u0400' and < '\u0530': cyrillic++; break;
                case >= '\u0600' and < '\u0780': arabic++; break;
                case >= '\u0900' and < '\u0980': devanagari++; break;
                case >= '\u3040' and < '\u3100': kana++; break;
                case >= '\uac00' and < '\ud7b0': hangul++; break;
                case >= '\u3400' and <= '\u9fff': han++; break;
            }
        }

        // A character of these stands for several letters.
        var best = new[] { ("zh", kana > 0 ? 0 : han * 3), ("ja", kana > 0 ? (kana + han) * 3 : 0), ("ko", hangul * 2), ("ru", cyrillic), ("ar", arabic), ("hi", devanagari), ("", latin) }.MaxBy(entry => entry.Item2);
        if (best.Item1.Length > 0 && best.Item2 > 0)
            return Of(best.Item1)!;
        var words = LatinWords().Matches(text.ToLowerInvariant()).Select(match => match.Value).ToList();
        return All.Where(language => language.IsLatin).MaxBy(language => words.Count(language.Words.Contains))!;
    }

    [GeneratedRegex("translat|翻译|翻譯|译成|譯成|traduc|traduis|traduir|übersetz|перевед|перевод|翻訳|번역")]
    private static partial Regex Translate();

    [GeneratedRegex(@"(?:\b(?:into|to|in|al|en|ins|auf|на)|[成为為])\s*(?:the\s)?\s*$")]
    private static partial Regex Into();

    [GeneratedRegex(@"\p{L}{2,}|\b[aeyoé]\b")]
    private static partial Regex LatinWords();
}
