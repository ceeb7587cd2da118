using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class CueTaskClassifierTests
{
    private static readonly CueTaskClassifier Classifier = new();

    private static TaskPrediction Classify(string prompt, string? system = null, int turns = 1) =>
        Classifier.Classify(new ClassifierInput(system, prompt, turns));

    [Theory]
    [InlineData("Translate into Danish: the kettle is still hot", TaskKind.Translation)]
    [InlineData("Please summarise this letter for me: Dear neighbours, the yard gate will be painted next week.", TaskKind.Summarization)]
    [InlineData("Classify this message as praise or complaint: the soup was cold again", TaskKind.Classification)]
    [InlineData("Extract the street and the city: we moved to 4 Mill Lane, Ripley", TaskKind.Extraction)]
    [InlineData("Why does bread go stale faster in the fridge?", TaskKind.Qa)]
    [InlineData("Write a Python script that renames photos by date", TaskKind.Code)]
    [InlineData("Solve 4x - 7 = 2x + 9", TaskKind.MathReasoning)]
    [InlineData("Rewrite this so that it sounds friendlier: send it today", TaskKind.Rewriting)]
    [InlineData("Write a poem about a broken umbrella", TaskKind.Writing)]
    [InlineData("Any ideas for a rainy afternoon with two toddlers?", TaskKind.ChatBrainstorm)]
    [InlineData("请把这句话翻译成英文：门口有一只猫", TaskKind.Translation)]
    [InlineData("请用一句话概括下面的通知：明天起食堂改为七点开门。", TaskKind.Summarization)]
    [InlineData("判断这条评论是正面还是负面：汤又凉了", TaskKind.Classification)]
    [InlineData("提取文中的人名：昨天王芳和李强去了码头。", TaskKind.Extraction)]
    [InlineData("为什么面包放进冰箱更容易变硬？", TaskKind.Qa)]
    [InlineData("用Python写一个按日期重命名照片的脚本", TaskKind.Code)]
    [InlineData("小明买了3支笔，每支4元，付了20元，应找回多少元？", TaskKind.MathReasoning)]
    [InlineData("把这句话改写得客气一些：今天就发给我", TaskKind.Rewriting)]
    [InlineData("写一首关于破雨伞的诗", TaskKind.Writing)]
    [InlineData("下雨天带孩子在家玩，有什么推荐？", TaskKind.ChatBrainstorm)]
    [InlineData("次の文を要約してください。明日から食堂は七時に開きます。", TaskKind.Summarization)]
    [InlineData("이 문장을 영어로 번역해 주세요: 문 앞에 고양이가 있다", TaskKind.Translation)]
    [InlineData("Переведи на английский: у двери сидит кошка", TaskKind.Translation)]
    [InlineData("Resume este texto en una frase: mañana el comedor abre a las siete.", TaskKind.Summarization)]
    [InlineData("Rédige une lettre à ma voisine pour la remercier", TaskKind.Writing)]
    [InlineData("Warum wird Brot im Kühlschrank schneller hart?", TaskKind.Qa)]
    [InlineData("Escreva um poema sobre um guarda-chuva quebrado", TaskKind.Writing)]
    public void Classify_recognises_how_people_ask(string prompt, TaskKind expected) => Assert.Equal(expected, Classify(prompt).Task);

    [Theory]
    [InlineData("")]
    [InlineData("   \n ")]
    [InlineData("blue chairs, the second row")]
    [InlineData("🙂🙂🙂")]
    public void Classify_without_a_cue_is_unknown_with_no_confidence(string prompt) =>
        Assert.Equal(new TaskPrediction(TaskKind.Unknown, 0, "no cue"), Classify(prompt));

    [Fact]
    public void Classify_takes_the_task_from_the_system_message_when_the_prompt_is_only_material()
    {
        var prediction = Classify("The second row of chairs is blue.", "You are a translator. Translate everything into Welsh.");

        Assert.Equal(TaskKind.Translation, prediction.Task);
    }

    [Fact]
    public void Classify_finds_the_instruction_after_a_long_text()
    {
        var text = string.Concat(Enumerable.Repeat("The harbour was quiet and the boats lay still. ", 200));

        Assert.Equal(TaskKind.Summarization, Classify(text + "\n\nSummarize the text above in three bullet points.").Task);
    }

    [Fact]
    public void Classify_weighs_words_inside_the_material_less_than_the_instruction()
    {
        var filler = string.Concat(Enumerable.Repeat("The harbour was quiet and the boats lay still. ", 8));
        var quoted = "Classify it, she said, extract the keywords and summarize the summary.";
        var prompt = $"Translate this page into Dutch.\n{filler} {quoted} {filler}";

        Assert.Equal(TaskKind.Translation, Classify(prompt).Task);
    }

    [Fact]
    public void Classify_is_surer_of_a_clear_request_than_of_a_mixed_one() =>
        Assert.True(
            Classify("Translate this sentence into French: the tea is ready").Confidence
            > Classify("Which ideas does the story explain?").Confidence);

    [Fact]
    public void Reason_names_the_cue_and_nothing_else_of_the_prompt()
    {
        var prediction = Classify("Translate the name Wilhelmina into Greek");

        Assert.StartsWith("cue:translate", prediction.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("wilhelmina", prediction.Reason, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Classify_allocates_nothing()
    {
        var prompt = "Please answer in short: " + string.Concat(Enumerable.Repeat("why is the harbour so quiet? ", 80));
        Classify(prompt);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Classify(prompt);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Classify_gives_the_same_answer_from_many_threads()
    {
        var prompts = new[] { "Translate into Danish: tea", "写一首诗", "Solve 4x - 7 = 9", "Why is the sea salt?" };
        var expected = prompts.Select(prompt => Classify(prompt)).ToArray();

        Parallel.For(0, 2000, i => Assert.Equal(expected[i % prompts.Length], Classify(prompts[i % prompts.Length])));
    }
}
