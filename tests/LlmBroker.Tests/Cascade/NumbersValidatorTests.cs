using LlmBroker.Cascade.Validators;
using Xunit;

namespace LlmBroker.Tests.Cascade;

public sealed class NumbersValidatorTests
{
    private readonly NumbersValidator validator = new();

    [Theory]
    [InlineData("Translate into Chinese: The invoice is for 1,250 dollars.", "发票金额为1250美元。")]
    [InlineData("Translate into Chinese: The town has 12,000 inhabitants.", "该镇有1.2万居民。")]
    [InlineData("Translate into Chinese: The town has 12,000 inhabitants.", "该镇有一万二千名居民。")]
    [InlineData("Translate into Chinese: About 300 million people watched.", "约3亿人观看。")]
    [InlineData("Translate into Chinese: Sales rose by 50% in 2024.", "2024年销售额增长了百分之五十。")]
    [InlineData("Translate into Chinese: The meeting is at 3:30 pm on 10/12/2024.", "会议于2024年10月12日15:30举行。")]
    [InlineData("Translate into Chinese: It was founded in 1998.", "它成立于一九九八年。")]
    [InlineData("Translate into Chinese: Three cats and 7 dogs.", "三只猫和七只狗。")]
    public void A_number_that_is_written_otherwise_in_Chinese_is_kept(string prompt, string answer) =>
        Assert.Null(validator.Reject(Completions.Translation(prompt, answer)));

    [Theory]
    [InlineData("把下面的文字翻译成英文:合同金额为1.5亿元。", "The contract is worth 150 million yuan.")]
    [InlineData("把下面的文字翻译成英文:全省有350个县。", "The province has three hundred and fifty counties.")]
    [InlineData("把下面的文字翻译成英文:他今年35岁。", "He is thirty-five years old.")]
    public void A_number_that_is_written_otherwise_in_English_is_kept(string prompt, string answer) =>
        Assert.Null(validator.Reject(Completions.Translation(prompt, answer, "zh", "en")));

    [Theory]
    [InlineData("Translate into Spanish: It costs 1,250.50 euros.", "Cuesta 1.250,50 euros.")]
    [InlineData("Translate into Spanish: The 2010–15 budget.", "El presupuesto 2010–2015.")]
    [InlineData("Translate into Spanish: It was 2 million dollars.", "Fueron dos millones de dólares.")]
    [InlineData("Translate into Spanish: He is 35 years old.", "Tiene treinta y cinco años.")]
    public void A_number_that_is_written_otherwise_in_Spanish_is_kept(string prompt, string answer) =>
        Assert.Null(validator.Reject(Completions.Translation(prompt, answer, "en", "es")));

    [Theory]
    [InlineData("Translate into Chinese: The invoice is for 1,250 dollars.", "发票金额为1520美元。", "1,250 is missing")]
    [InlineData("Translate into Chinese: The invoice is for 1,250 dollars.", "这是一张发票。", "1,250 is missing")]
    [InlineData("Translate into Chinese: Growth was 3.7% in 2024.", "2024年增长率为7.3%。", "3.7 is missing")]
    [InlineData("Translate into Chinese: Call 4915112345678 now.", "现在就打电话。", "a number of 13 digits is missing")]
    public void A_number_that_a_translation_loses_is_rejected(string prompt, string answer, string reason) =>
        Assert.Equal(reason, validator.Reject(Completions.Translation(prompt, answer)));

    [Fact]
    public void A_Chinese_text_that_loses_a_number_is_rejected() => Assert.Equal(
        "3500 is missing",
        validator.Reject(Completions.Translation("翻译成英文:会议共有3500人参加。", "The meeting had 5300 participants.", "zh", "en")));

    [Fact]
    public void A_number_of_the_instruction_is_not_asked_for() => Assert.Null(
        validator.Reject(Completions.Translation("Translate into Chinese with at most 200 words, and keep it simple: Good morning, my friends.", "朋友们,早上好。")));

    [Theory]
    [InlineData("Summarize: The company sold 1,247,300 cars in 2023, up from 1,100,000.", "It sold about 1.25 million cars.")]
    [InlineData("总结:公司2023年售出1247300辆汽车。", "公司售出约125万辆汽车。")]
    public void A_summary_may_round(string prompt, string answer) => Assert.Null(validator.Reject(Completions.Of(prompt, answer, "summarization")));

    [Theory]
    [InlineData("Summarize: The company sold 1,247 cars.", "It sold 2,147 cars.", "2,147 is not in the text")]
    [InlineData("总结:公司售出1247辆汽车。", "公司售出2147辆汽车。", "2147 is not in the text")]
    public void A_summary_with_a_number_of_its_own_is_rejected(string prompt, string answer, string reason) =>
        Assert.Equal(reason, validator.Reject(Completions.Of(prompt, answer, "summarization")));

    [Fact]
    public void Other_tasks_may_reckon() => Assert.Null(validator.Reject(Completions.Of("What is 123 times 456?", "56,088", "math_reasoning")));
}
