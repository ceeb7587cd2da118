using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Providers;
using LlmBroker.Providers.HuggingFace;
using Xunit;

namespace LlmBroker.Tests.Providers.HuggingFace;

public sealed class TaskInputTests
{
    private static readonly TaskModelOptions Nllb = new()
    {
        Sources = ["en", "de"],
        Targets = ["es", "de"],
        LanguageCodes = new() { ["en"] = "eng_Latn", ["de"] = "deu_Latn", ["es"] = "spa_Latn" },
    };

    [Fact]
    public void A_model_of_many_languages_is_told_which()
    {
        var input = Read(TaskApis.Translation, Nllb, "Translate into Spanish: The house is old and the garden is big.");

        Assert.Equal(("The house is old and the garden is big.", "eng_Latn", "spa_Latn"), (input?.Text, input?.SourceCode, input?.TargetCode));
    }

    [Theory]
    [InlineData("Translate into German: The house is old and the garden is big.", true)]
    [InlineData("Translate into Chinese: The house is old and the garden is big.", false)]
    [InlineData("Translate into German: Das Haus ist alt und der Garten ist groß.", false)]
    [InlineData("Translate into Spanish: La maison est vieille et le jardin est grand.", false)]
    [InlineData("Translate from French into Spanish: The house is old and the garden is big.", false)]
    [InlineData("Translate from English into Spanish: Das Haus ist alt und der Garten ist groß.", false)]
    [InlineData("Translate into Spanish: 今天天气很好。", false)]
    [InlineData("Translate into Spanish: Xyzzy plugh.", false)]
    public void A_text_is_taken_when_it_is_in_a_language_that_the_model_reads(string message, bool isTaken) =>
        Assert.Equal(isTaken, Read(TaskApis.Translation, Nllb, message) is not null);

    [Theory]
    [InlineData("Classify the following review as positive or negative: I love it.", "I love it.")]
    [InlineData("Classify the sentiment of the following text as negative, positive:\nI love it.", "I love it.")]
    [InlineData("请将以下评论分类为positive或negative：很好吃。", "很好吃。")]
    [InlineData("Classify the following review as good or bad: I love it.", null)]
    [InlineData("Classify the following review as positive, negative or neutral: I love it.", null)]
    [InlineData("What is the sentiment of this? I love it.", null)]
    public void A_classifier_is_asked_only_for_its_own_labels(string message, string? text)
    {
        var options = new TaskModelOptions { Labels = { ["LABEL_0"] = "negative", ["LABEL_1"] = "positive" } };

        Assert.Equal(text, Read(TaskApis.Classification, options, message)?.Text);
    }

    [Fact]
    public void A_zero_shot_classifier_gets_the_labels_of_the_request() => Assert.Equal(
        ["sports", "politics", "science"],
        Read(TaskApis.Classification, new() { ZeroShot = true }, "Classify this article into one of the following categories: sports, politics, science\nThe team won.")!.Labels);

    [Theory]
    [InlineData("Extract all people and locations from the following text: Ada met Grace in Paris.", "Ada met Grace in Paris.", 2)]
    [InlineData("从以下文本中提取人名和地名：小明去了北京。", "小明去了北京。", 2)]
    [InlineData("Extract the named entities from the text:\nAda met Grace.", "Ada met Grace.", 0)]
    [InlineData("Extract the phone numbers from the following text: 555-1234", null, 0)]
    [InlineData("Extract all people from the following text as JSON: Ada met Grace.", null, 0)]
    public void Names_are_taken_out_of_a_text_when_their_kinds_are_known(string message, string? text, int kinds)
    {
        var input = Read(TaskApis.Extraction, new(), message);

        Assert.Equal(text, input?.Text);
        Assert.Equal(kinds, input?.Kinds.Count ?? 0);
    }

    [Theory]
    [InlineData("\"temperature\":0.7")]
    [InlineData("\"top_p\":0.5")]
    [InlineData("\"n\":2")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("\"brand_new\":1")]
    public void What_such_a_model_cannot_do_is_declined_by_name(string member)
    {
        var faults = new RequestFaults();
        var body = JsonElement.Parse($$"""{"messages":[{"role":"user","content":"Translate into Spanish: The house is old."}],{{member}}}""");

        Assert.Null(TaskInput.Read(body, TaskApis.Translation, Nllb, faults));
        Assert.Equal(ProviderError.Unsupported, faults.First?.Error);
        Assert.StartsWith(member.Split('"')[1], faults.First?.ErrorMessage, StringComparison.Ordinal);
    }

    private static TaskInput? Read(string api, TaskModelOptions options, string message) => TaskInput.Read(
        JsonSerializer.SerializeToElement(new { messages = new[] { new { role = "user", content = message } } }), api, options, new RequestFaults());
}
