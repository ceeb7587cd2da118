using System.Text.Json;
using LlmBroker.Inference.Cascade;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using Xunit;

namespace LlmBroker.Tests.Inference.Cascade;

/// <summary>What each validator rejects, and what it must let pass, in English and in Chinese.</summary>
public sealed class ValidatorTests
{
    [Theory]
    [InlineData("length", "The report covers", "it was cut off at its token limit")]
    [InlineData("length", "报告包括", "it was cut off at its token limit")]
    [InlineData("stop", "Here it is:\n```csharp\nvar a = 1;", "a code block is not closed")]
    [InlineData("stop", "代码如下:\n```python\nprint(1)", "a code block is not closed")]
    [InlineData("stop", "A title without a full stop", null)]
    [InlineData("stop", "没有句号的标题", null)]
    [InlineData("stop", "```\na\n```\nDone.", null)]
    public void Truncation(string finish, string answer, string? fault) =>
        Assert.Equal(fault, new TruncationValidator().FindFault(Answer("code", "", answer, finish: finish)));

    [Theory]
    [InlineData("Translate into Chinese: The harbour is closed.", "I'm sorry, but I can't help with that.", true)]
    [InlineData("把这句话翻译成英文:港口关闭了。", "抱歉,我无法完成这个请求。", true)]
    [InlineData("总结下文:港口关闭了。", "作为一个AI,我不能评论。", true)]
    [InlineData("Traduis en anglais : le port est fermé.", "Je suis désolé, mais je ne peux pas vous aider.", true)]
    [InlineData("把这句话翻译成英文:抱歉,我无法参加会议。", "I'm sorry, but I can't come to the meeting.", false)]
    [InlineData("Translate into Chinese: Sorry, I can't come to the meeting.", "抱歉,我不能来开会。", false)]
    [InlineData("Translate into Chinese: The harbour is closed.", "港口关闭了。", false)]
    [InlineData("Write a letter.", "Dear Ms Hill, I'm sorry, but I can't accept the offer.", false)]
    public void Refusal(string prompt, string answer, bool isRejected) =>
        Assert.Equal(isRejected, new RefusalValidator().FindFault(Answer("translation", prompt, answer)) is not null);

    [Theory]
    [InlineData("translation", "Translate into Chinese: The council closed the old harbour last week.", "en", "zh", "The council closed the old harbour last week.", "it is in 'en' instead of 'zh'")]
    [InlineData("translation", "把下面这句话翻译成英文:市议会上周关闭了旧港口。", "zh", "en", "市议会上周关闭了那个旧的港口,并且在那里建了市场。", "it is in 'zh' instead of 'en'")]
    [InlineData("translation", "Translate into Chinese: The council closed the old harbour last week.", "en", "zh", "市议会上周关闭了旧港口。", null)]
    [InlineData("translation", "把下面这句话翻译成英文:市议会上周关闭了旧港口。", "zh", "en", "The council closed the old harbour last week.", null)]
    [InlineData("translation", "Translate: ok", null, null, "The council closed the old harbour last week.", null)]
    [InlineData("summarization", "总结下面的文章:市议会上周关闭了旧港口,并且宣布在原址建一个浮动市场。", null, null, "The council closed the old harbour and will build a market.", "it is in 'en' instead of 'zh'")]
    [InlineData("summarization", "用英文总结下面的文章:市议会上周关闭了旧港口,并且宣布在原址建一个浮动市场。", null, null, "The council closed the old harbour and will build a market.", null)]
    [InlineData("code", "写一个函数,把文章里的港口名称都列出来,并且按照字母顺序排列。", null, null, "def harbours(text): return sorted(the names of the text)", null)]
    public void Language(string task, string prompt, string? from, string? to, string answer, string? fault) =>
        Assert.Equal(fault, new LanguageValidator(new LanguageDetector()).FindFault(Answer(task, prompt, answer, from, to)));

    [Theory]
    [InlineData("translation", "Translate into Chinese: The council voted on Tuesday night to close the old ferry terminal and replace it.", "en", "zh", "关闭", true)]
    [InlineData("translation", "Translate into Chinese: The council voted on Tuesday night to close the old ferry terminal and replace it.", "en", "zh", "市议会周二晚上投票决定关闭旧渡轮码头并将其取代。", false)]
    [InlineData("translation", "翻译成英文:市议会周二晚上投票决定关闭旧渡轮码头,并在原址修建一个浮动市场,预计三月动工,明年秋天完工。", "zh", "en", "The council voted on Tuesday night to close the old ferry terminal and to build a floating market in its place; work is to begin in March.", false)]
    [InlineData("translation", "翻译成英文:市议会周二晚上投票决定关闭旧渡轮码头,并在原址修建一个浮动市场,预计三月动工,明年秋天完工。", "zh", "en", "The council voted.", true)]
    [InlineData("summarization", "Summarize: The council voted on Tuesday night to close the old ferry terminal and replace it.", null, null, "The council will close its old ferry terminal.", false)]
    [InlineData("summarization", "总结:市议会周二晚上投票决定关闭旧渡轮码头,并在原址修建一个浮动市场,预计三月动工,明年秋天完工。", null, null, "市议会周二晚上投票决定关闭旧渡轮码头,并在原址修建一个浮动市场,预计三月动工,明年秋天完工。此外,市议会还讨论了许多其他问题,其中包括预算、道路和学校。", true)]
    [InlineData("qa", "Why is the sky blue? Explain it to me as you would explain it to a child of five years.", null, null, "Light.", false)]
    public void Length_ratio(string task, string prompt, string? from, string? to, string answer, bool isRejected) =>
        Assert.Equal(isRejected, new LengthRatioValidator().FindFault(Answer(task, prompt, answer, from, to)) is not null);

    [Theory]
    [InlineData("translation", "Translate into Chinese: The bridge cost 1,250 dollars in 2019.", "这座桥在2019年花费了1250美元。", null)]
    [InlineData("translation", "Translate into Chinese: The bridge cost 1,250 dollars in 2019.", "这座桥在2019年花费了1520美元。", "the number 1,250 of the text is missing")]
    [InlineData("translation", "翻译成英文:去年有12万名游客,比前年多15%。", "Last year there were 120,000 visitors, 15 percent more than before.", null)]
    [InlineData("translation", "翻译成英文:去年有12万名游客,比前年多15%。", "Last year there were 1,200 visitors, 15 percent more than before.", "the number 12 of the text is missing")]
    [InlineData("translation", "翻译成英文:去年有37万名游客。", "Last year there were 370,000 visitors.", null)]
    [InlineData("translation", "翻译成英文:去年有37万名游客。", "Last year there were 730,000 visitors.", "the number 37 of the text is missing")]
    [InlineData("translation", "Translate into German: It weighs 1,234.5 kg.", "Es wiegt 1.234,5 kg.", null)]
    [InlineData("translation", "Translate into German: Three of 7 ships sank.", "Drei von sieben Schiffen sanken.", null)]
    [InlineData("translation", "Translate into Chinese: It rained for 45 days.", "下了四十五天的雨。", null)]
    [InlineData("translation", "Translate into Chinese: It cost $2.3 million.", "花费了230万美元。", null)]
    [InlineData("summarization", "Summarize: Sales rose to 480 units.", "Sales rose to 480 units.", null)]
    [InlineData("summarization", "Summarize: Sales rose to 480 units.", "Sales rose to 840 units.", "the number 840 is not in the text")]
    [InlineData("summarization", "总结:销量上升到480台。", "销量升到840台。", "the number 840 is not in the text")]
    [InlineData("writing", "Write about 480 ships.", "Many ships.", null)]
    public void Numbers(string task, string prompt, string answer, string? fault) =>
        Assert.Equal(fault, new NumbersValidator().FindFault(Answer(task, prompt, answer)));

    [Theory]
    [InlineData("Translate into Chinese: Write to help@example.org or see https://example.org/a?b=1 for details.", "en", "zh", "详情请写信至 help@example.org 或访问 https://example.org/a?b=1。", null)]
    [InlineData("Translate into Chinese: Write to help@example.org for details.", "en", "zh", "详情请写信至 帮助@例子.org。", "'help@example.org' of the text is missing")]
    [InlineData("翻译成英文:你好 {name},请点击 <b>确定</b>。", "zh", "en", "Hello {name}, please click <b>OK</b>.", null)]
    [InlineData("翻译成英文:你好 {name},请点击 <b>确定</b>。", "zh", "en", "Hello {nombre}, please click <b>OK</b>.", "'{name}' of the text is missing")]
    [InlineData("Translate into Spanish: On Monday the mayor met Ingrid Solano at the town hall.", "en", "es", "El lunes el alcalde se reunió con Ingrid Solano en el ayuntamiento.", null)]
    [InlineData("Translate into Spanish: On Monday the mayor met Ingrid Solano at the town hall.", "en", "es", "El lunes el alcalde se reunió con la concejala en el ayuntamiento.", "the name 'Ingrid Solano' of the text is missing")]
    [InlineData("Translate into Chinese: On Monday the mayor met Ingrid Solano at the town hall.", "en", "zh", "周一,市长在市政厅会见了英格丽德·索拉诺。", null)]
    public void Names(string prompt, string from, string to, string answer, string? fault) =>
        Assert.Equal(fault, new NamesValidator().FindFault(Answer("translation", prompt, answer, from, to)));

    [Theory]
    [InlineData("""{"city":"Paris","people":3}""", null)]
    [InlineData("""{"city":"巴黎","people":3}""", null)]
    [InlineData("""{"city":"Paris"}""", "its JSON breaks the schema at ''")]
    [InlineData("""{"city":"巴黎","people":"三"}""", "its JSON breaks the schema at '/people'")]
    [InlineData("The city is Paris.", "it is no JSON")]
    [InlineData("城市是巴黎。", "it is no JSON")]
    public void Json_schema(string answer, string? fault)
    {
        const string Format = """
            , "response_format": { "type": "json_schema", "json_schema": { "name": "a", "schema":
              { "type": "object", "required": ["city", "people"], "properties": { "city": { "type": "string" }, "people": { "type": "integer" } } } } }
            """;
        var actual = new JsonSchemaValidator().FindFault(Answer("extraction", "Which city? 哪个城市?", answer, more: Format));

        if (fault is null)
            Assert.Null(actual);
        else
            Assert.StartsWith(fault, actual, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_mode_wants_an_object_and_nothing_else_is_asked_about_json()
    {
        const string Format = """, "response_format": { "type": "json_object" }""";

        Assert.Equal("it is no JSON object", new JsonSchemaValidator().FindFault(Answer("extraction", "a", "[1]", more: Format)));
        Assert.Null(new JsonSchemaValidator().FindFault(Answer("extraction", "a", "{}", more: Format)));
        Assert.Null(new JsonSchemaValidator().FindFault(Answer("extraction", "a", "no JSON")));
    }

    [Fact]
    public void Arguments_of_a_call_are_held_against_the_tools_parameters()
    {
        const string Tools = """, "tools": [{ "type": "function", "function": { "name": "f", "parameters": { "type": "object", "required": ["x"] } } }]""";
        var request = Parse($$"""{ "messages": [{ "role": "user", "content": "a" }]{{Tools}} }""");

        Assert.Null(Call("""{\"x\":1}"""));
        Assert.StartsWith("call of f: its JSON breaks the schema", Call("{}"), StringComparison.Ordinal);

        string? Call(string arguments) => new JsonSchemaValidator().FindFault(new CheckedCompletion(
            request,
            Parse($$"""{ "choices": [{ "message": { "content": null, "tool_calls": [{ "function": { "name": "f", "arguments": "{{arguments}}" } }] } }] }"""),
            "a", "a", null, null, null));
    }

    [Fact]
    public void Every_choice_must_pass()
    {
        var answer = Parse("""{ "choices": [{ "message": { "content": "fine" }, "finish_reason": "stop" }, { "message": { "content": "cut" }, "finish_reason": "length" }] }""");

        Assert.NotNull(new TruncationValidator().FindFault(new CheckedCompletion(default, answer, "", "", null, null, null)));
    }

    private static CheckedCompletion Answer(string task, string prompt, string answer, string? from = null, string? to = null, string finish = "stop", string more = "")
    {
        var request = Parse($$"""{ "messages": [{ "role": "user", "content": {{JsonSerializer.Serialize(prompt)}} }]{{more}} }""");
        var completion = Parse($$"""{ "choices": [{ "message": { "role": "assistant", "content": {{JsonSerializer.Serialize(answer)}} }, "finish_reason": "{{finish}}" }] }""");
        return new CheckedCompletion(request, completion, prompt, TranslationPair.TextOf(new ClassifierInput(null, prompt, 1)), task, from, to);
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
