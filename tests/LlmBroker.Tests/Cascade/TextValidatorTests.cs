using LlmBroker.Cascade.Validators;
using LlmBroker.Providers.HuggingFace;
using Xunit;

namespace LlmBroker.Tests.Cascade;

/// <summary>What is looked at in a text, each from both sides.</summary>
public sealed class TextValidatorTests
{
    private const string English = "The council met on Monday evening to talk about the new bridge over the river, which many people in the town have wanted for years.";
    private const string Chinese = "市议会周一晚上开会讨论横跨河流的新桥,镇上许多人多年来一直希望建造这座桥。";
    private const string Spanish = "El consejo se reunió el lunes por la noche para hablar del nuevo puente sobre el río, que muchos en la ciudad quieren desde hace años.";

    private readonly LanguageValidator language = new(TextLanguage.Detect);

    [Theory]
    [InlineData("I'm sorry, but I can't help with that.")]
    [InlineData("I cannot assist with this request.")]
    [InlineData("As an AI language model, I am unable to have opinions.")]
    [InlineData("[simulated cheap] I'm sorry, but I can't help with that.")]
    [InlineData("抱歉,我无法帮助您完成这个请求。")]
    [InlineData("作为一个AI语言模型,我不能提供这样的内容。")]
    [InlineData("很抱歉,我不能协助处理这个问题。")]
    [InlineData("Lo siento, pero no puedo ayudar con eso.")]
    [InlineData("Désolé, je ne peux pas vous aider.")]
    [InlineData("申し訳ありませんが、お手伝いできません。")]
    public void An_answer_that_declines_is_rejected(string answer) =>
        Assert.Equal("the model declined", new RefusalValidator().Reject(Completions.Of("Write a limerick about tea.", answer, "writing")));

    [Theory]
    [InlineData("Translate into Chinese: I'm sorry, but I can't help with that.", "抱歉,我无法帮助您。", "translation")]
    [InlineData("翻译成英文:抱歉,我无法提供帮助。", "I'm sorry, I can't help.", "translation")]
    [InlineData("Write a note declining the invitation.", "I'm sorry, but I can't help with the party.", "writing")]
    [InlineData("How do I sort a list?", "You can't go wrong with list.sort(). I can help with more.", "code")]
    [InlineData("写一首关于茶的诗。", "茶香袅袅,我不能忘记那个下午。", "writing")]
    public void A_text_that_speaks_of_refusing_is_no_refusal(string prompt, string answer, string task) =>
        Assert.Null(new RefusalValidator().Reject(Completions.Of(prompt, answer, task)));

    [Fact]
    public void What_the_vendor_marks_as_declined_is_rejected()
    {
        var message = new { role = "assistant", content = (string?)null, refusal = "No." };
        Assert.Equal("the model declined", new RefusalValidator().Reject(Completions.Of("Hello", null, message: message)));
        Assert.Equal("the vendor filtered the answer", new RefusalValidator().Reject(Completions.Of("Hello", "So", finish: "content_filter")));
    }

    [Theory]
    [InlineData("The answer", "length", "the answer was cut at its limit")]
    [InlineData("", "stop", "the answer is empty")]
    [InlineData("Use this:\n```python\nprint(1)", "stop", "a block of code is not closed")]
    [InlineData("{\"name\": \"Ada\", \"age\": 3", "stop", "a bracket of the JSON is not closed")]
    [InlineData("The council met on Monday evening to talk about the new bridge over the river,", "stop", "the answer breaks off in a sentence")]
    [InlineData("市议会周一晚上开会讨论横跨河流的新桥许多人多年来一直希望\uff0c", "stop", "the answer breaks off in a sentence")]
    public void An_answer_without_an_end_is_rejected(string answer, string finish, string reason) =>
        Assert.Equal(reason, new TruncationValidator().Reject(Completions.Of("Tell me.", answer, finish: finish)));

    [Theory]
    [InlineData("Positive")]
    [InlineData("正面")]
    [InlineData("Dear Ada,\nSee you soon.\nBest regards,")]
    [InlineData("您好:\n会议改期。\n此致敬礼\uff0c")]
    [InlineData("```python\nprint(1)\n```")]
    [InlineData("[simulated m] and then some words that end anywhere")]
    [InlineData("{\"a\": \"}\"}")]
    public void An_answer_that_ends_as_such_answers_do_passes(string answer) =>
        Assert.Null(new TruncationValidator().Reject(Completions.Of("Tell me.", answer)));

    [Fact]
    public void A_translation_in_another_language_is_rejected()
    {
        Assert.Equal("the answer has no word in 'zh'", language.Reject(Completions.Translation($"Translate into Chinese: {English}", English)));
        Assert.Equal("the answer is in 'zh', not in 'en'", Without("the answer has no word in 'en'", language.Reject(Completions.Translation($"翻译成英文:{Chinese}", $"{Chinese} OK", "zh", "en"))));
        Assert.Equal("the answer is in 'en', not in 'es'", language.Reject(Completions.Translation($"Translate into Spanish: {English}", English, "en", "es")));
    }

    [Fact]
    public void A_translation_in_its_language_passes()
    {
        Assert.Null(language.Reject(Completions.Translation($"Translate into Chinese: {English}", Chinese)));
        Assert.Null(language.Reject(Completions.Translation($"Translate into Chinese: {English}", $"Here is the translation:\n{Chinese}")));
        Assert.Null(language.Reject(Completions.Translation($"翻译成英文:{Chinese}", English, "zh", "en")));
        Assert.Null(language.Reject(Completions.Translation("Translate into Chinese: Alice", "Alice")));
        Assert.Null(language.Reject(Completions.Translation($"Translate: {English}", Spanish, "en", target: null)));
    }

    [Fact]
    public void Another_answer_is_in_a_language_of_the_request()
    {
        Assert.NotNull(language.Reject(Completions.Of($"Summarize this: {English}", Chinese, "summarization")));
        Assert.NotNull(language.Reject(Completions.Of($"总结这段文字:{Chinese}", English, "summarization")));
        Assert.Null(language.Reject(Completions.Of($"Summarize this: {Chinese}", English, "summarization")));
        Assert.Null(language.Reject(Completions.Of($"Summarize this: {Chinese}", Chinese, "summarization")));
        Assert.Null(language.Reject(Completions.Of($"Summarize this in Spanish: {English}", Spanish, "summarization")));
        Assert.Null(language.Reject(Completions.Of($"用英文总结:{Chinese}", English, "summarization")));
        Assert.Null(language.Reject(Completions.Of($"Which label fits? {English}", Chinese, "classification")));
    }

    [Fact]
    public void A_translation_much_shorter_or_longer_than_its_text_is_rejected()
    {
        var validator = new LengthRatioValidator();
        Assert.Null(validator.Reject(Completions.Translation($"Translate into Chinese: {English}", Chinese)));
        Assert.Null(validator.Reject(Completions.Translation($"翻译成英文:{Chinese}", English, "zh", "en")));
        Assert.Null(validator.Reject(Completions.Translation($"Translate into Spanish: {English}", Spanish, "en", "es")));
        Assert.Equal("the answer is much shorter than the text", validator.Reject(Completions.Translation($"Translate into Chinese: {English}", "新桥。")));
        Assert.Equal("the answer is much shorter than the text", validator.Reject(Completions.Translation($"翻译成英文:{Chinese}", "A new bridge.", "zh", "en")));
        var much = string.Concat(Enumerable.Repeat(Spanish, 8));
        Assert.Equal("the answer is much longer than the text", validator.Reject(Completions.Translation($"Translate into Spanish: {English}", much, "en", "es")));
    }

    [Fact]
    public void A_summary_is_shorter_than_its_text()
    {
        var validator = new LengthRatioValidator();
        var (english, chinese) = (string.Concat(Enumerable.Repeat(English, 8)), string.Concat(Enumerable.Repeat(Chinese, 8)));
        Assert.Null(validator.Reject(Completions.Of($"Summarize: {english}", English, "summarization")));
        Assert.Null(validator.Reject(Completions.Of($"总结:{chinese}", Chinese, "summarization")));
        Assert.Null(validator.Reject(Completions.Of($"Summarize: {English}", English + English, "summarization")));
        Assert.Equal("the summary is longer than the text", validator.Reject(Completions.Of($"Summarize: {english}", english + English, "summarization")));
        Assert.Equal("the summary is longer than the text", validator.Reject(Completions.Of($"总结:{chinese}", chinese + Chinese, "summarization")));
    }

    [Theory]
    [InlineData("Translate into Chinese: Hello {name}, you have %d messages.", "你好,你有%d条消息。", "{name} is missing")]
    [InlineData("Translate into Chinese: Hello {name}, you have %d messages.", "你好{name},你有一些消息。", "%d is missing")]
    [InlineData("Translate into Chinese: Click <b>here</b> to go on.", "点击这里继续。", "a tag is missing")]
    [InlineData("翻译成英文:请访问 https://example.com/a?b=1 了解更多。", "Please visit our site.", "an address is missing")]
    [InlineData("翻译成英文:请写信给 ada@example.com 谢谢。", "Please write to us.", "an address is missing")]
    public void What_is_not_to_be_translated_must_stay(string prompt, string answer, string reason) =>
        Assert.Equal(reason, new NamesValidator().Reject(Completions.Translation(prompt, answer)));

    [Theory]
    [InlineData("Translate into Chinese: Hello {name}, you have %d messages.", "你好{name},你有%d条消息。", "zh")]
    [InlineData("Translate into Chinese: See https://example.com/a.", "见 https://example.com/a。", "zh")]
    [InlineData("Translate into Chinese: A 50% discount in London, with Maria, Peter and Paula.", "伦敦五折,玛丽亚、彼得和保拉。", "zh")]
    [InlineData("Translate into Spanish: She met with Maria, with Peter and with London friends.", "Se reunió con María, con Pedro y con amigos de Londres.", "es")]
    public void What_stays_or_has_another_name_passes(string prompt, string answer, string target) =>
        Assert.Null(new NamesValidator().Reject(Completions.Translation(prompt, answer, "en", target)));

    [Fact]
    public void A_text_without_any_of_its_names_is_rejected() => Assert.Equal(
        "none of 3 names is there",
        new NamesValidator().Reject(Completions.Translation(
            "Translate into Spanish: She met with Marchetti, with Okonkwo and with Lindqvist.", "Se reunió con tres personas.", "en", "es")));

    private static string? Without(string other, string? reason) => reason == other ? "the answer is in 'zh', not in 'en'" : reason;
}
