using System.Text.Json;
using LlmBroker.Providers.HuggingFace;
using Xunit;

namespace LlmBroker.Tests.Providers.HuggingFace;

public sealed class InstructionSplitterTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> Targets = new()
    {
        ["Spanish"] = "es",
        ["Chinese"] = "zh",
        ["Arabic"] = "ar",
        ["German"] = "de",
        ["Hindi"] = "hi",
    };

    [Fact]
    public async Task Split_takes_the_translation_job_apart()
    {
        var right = 0;
        var declined = 0;
        var wrong = new List<string>();
        await foreach (var line in File.ReadLinesAsync(SharedFiles.PathOf("data", "jobs", "translate.jsonl"), TestContext.Current.CancellationToken))
        {
            using var request = JsonDocument.Parse(line);
            var content = request.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
            var cut = content.IndexOf("\n\n", StringComparison.Ordinal);
            var language = content[..cut].Split(' ')[^1].TrimEnd('.');
            var split = InstructionSplitter.Split(null, [content]);
            if (split.WhyNot is not null)
                declined++;
            else if (split.Text == content[(cut + 2)..].Trim() && split.Target == Targets[language] && split.Task == InstructionWord.Translate)
                right++;
            else
                wrong.Add($"{request.RootElement.GetProperty("custom_id")}: {split.Target}, {split.Text.Length} characters");
        }

        var all = right + declined + wrong.Count;
        output.WriteLine($"translate.jsonl: {right} of {all} right ({100.0 * right / all:0.0} %), {declined} declined, {wrong.Count} wrong");
        Assert.Equal(1200, all);
        Assert.Empty(wrong);
        Assert.True(right >= all * 0.99, $"{right} of {all}");
    }

    [Fact]
    public void Split_understands_how_people_ask_and_declines_what_asks_for_more()
    {
        int right = 0, needlesslyDeclined = 0, rightlyDeclined = 0;
        var failures = new List<string>();
        var phrasings = Phrasing.ReadAll();
        foreach (var phrasing in phrasings)
        {
            var split = InstructionSplitter.Split(phrasing.System, phrasing.Messages);
            if (phrasing.Target is null)
            {
                if (split.WhyNot is not null)
                    rightlyDeclined++;
                else
                    failures.Add($"not declined: {phrasing.Line} → {split.Target} [{split.Text}]");
            }
            else if (split.WhyNot is not null)
            {
                needlesslyDeclined++;
                output.WriteLine($"declined: {phrasing.Line} ({split.WhyNot})");
            }
            else if (split.Target == phrasing.Target && split.Text == phrasing.Text)
                right++;
            else
                failures.Add($"wrong: {phrasing.Line} → {split.Target} [{split.Text}]");
        }

        var toSplit = phrasings.Count(phrasing => phrasing.Target is not null);
        output.WriteLine($"{phrasings.Count} phrasings: {right} of {toSplit} taken apart ({100.0 * right / toSplit:0.0} %), {needlesslyDeclined} declined though certain, "
            + $"{rightlyDeclined} of {phrasings.Count - toSplit} traps declined, {failures.Count} wrong");
        Assert.True(phrasings.Count >= 200, $"{phrasings.Count} phrasings");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(right >= toSplit * 0.97, $"{right} of {toSplit}");
    }

    [Fact]
    public async Task Split_makes_no_translation_of_what_is_none()
    {
        var asked = 0;
        var taken = new List<string>();
        await foreach (var line in File.ReadLinesAsync(SharedFiles.PathOf("data", "router", "task_dev.jsonl"), TestContext.Current.CancellationToken))
        {
            using var row = JsonDocument.Parse(line);
            var split = InstructionSplitter.Split(null, [row.RootElement.GetProperty("prompt").GetString()!]);
            var isTranslation = row.RootElement.GetProperty("label").GetString() == "translation";
            asked += isTranslation ? 1 : 0;
            if (split is { WhyNot: null, Task: InstructionWord.Translate } && !isTranslation)
                taken.Add($"{row.RootElement.GetProperty("prompt")} → {split.Target} [{split.Text}]");
        }

        output.WriteLine($"task_dev.jsonl: {taken.Count} taken for a translation that are labelled otherwise; {asked} are labelled translation");
        Assert.True(taken.Count == 0, string.Join("\n----\n", taken));
    }

    [Theory]
    [InlineData("Summarize the following text:\n\nThe cat sat. The dog ran.", "The cat sat. The dog ran.")]
    [InlineData("总结以下文章：\n\n今天天气很好。我们去公园。", "今天天气很好。我们去公园。")]
    [InlineData("The cat sat. The dog ran.\n\nSummarize the above text.", "The cat sat. The dog ran.")]
    [InlineData("Summarize this document: The cat sat. The dog ran.\nSummary:", "The cat sat. The dog ran.")]
    [InlineData("Article: The cat sat. The dog ran.\n\nSummarize the article.", "The cat sat. The dog ran.")]
    public void Split_takes_a_summary_apart(string message, string text)
    {
        var split = InstructionSplitter.Split(null, [message]);

        Assert.Null(split.WhyNot);
        Assert.Equal((InstructionWord.Summarize, text), (split.Task, split.Text));
    }

    [Theory]
    [InlineData("Summarize the following text in one sentence:\n\nThe cat sat.")]
    [InlineData("Summarize the following text in three bullet points:\n\nThe cat sat.")]
    [InlineData("请用一句话总结以下段落：今天天气很好。我们去公园。")]
    [InlineData("Summarize the plot: The cat sat.\nSummary:")]
    [InlineData("Summarize and translate into French:\n\nThe cat sat.")]
    public void Split_declines_a_summary_of_a_certain_form(string message) => Assert.NotNull(InstructionSplitter.Split(null, [message]).WhyNot);
}
