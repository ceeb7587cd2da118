using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class CueSheetTests
{
    private static TaskKind Classify(string sheet, string prompt) =>
        new CueTaskClassifier(CueSheet.Parse(sheet)).Classify(new ClassifierInput(null, prompt, 1)).Task;

    [Theory]
    [InlineData("sing", "Please sing it", TaskKind.Writing)]
    [InlineData("sing", "Please use it", TaskKind.Unknown)]
    [InlineData("sing", "I am singing", TaskKind.Unknown)]
    [InlineData("sing*", "I am singing", TaskKind.Writing)]
    [InlineData("sing", "I am using it", TaskKind.Unknown)]
    [InlineData("résumé", "My RESUME here", TaskKind.Writing)]
    [InlineData("诗", "请写诗", TaskKind.Writing)]
    [InlineData("sql", "用ＳＱＬ写", TaskKind.Writing)]
    public void A_cue_matches_whole_words_whatever_their_case_accents_and_width(string cue, string prompt, TaskKind expected) =>
        Assert.Equal(expected, Classify($"[writing]\n3: {cue}", prompt));

    [Theory]
    [InlineData("write * poem", "Write me a long poem", TaskKind.Writing)]
    [InlineData("write * poem", "Write to me. I like a poem.", TaskKind.Unknown)]
    [InlineData("write * poem", "Write a letter to the lady at the third window on the left about the poem", TaskKind.Unknown)]
    [InlineData("schreib* * lied", "Schreibe uns ein Lied", TaskKind.Writing)]
    [InlineData("写*诗", "写一首关于雨的诗", TaskKind.Writing)]
    public void A_gap_stays_inside_one_sentence_and_short(string cue, string prompt, TaskKind expected) =>
        Assert.Equal(expected, Classify($"[writing]\n3: {cue}", prompt));

    [Theory]
    [InlineData("^sing", "Could you sing this?", TaskKind.Writing)]
    [InlineData("^sing", "There was a bird that would never sing in the rain", TaskKind.Unknown)]
    [InlineData("sing$", "There was a bird that would never sing", TaskKind.Writing)]
    [InlineData("sing$", "Sing about a bird in the rain, the long rain", TaskKind.Unknown)]
    public void An_anchored_cue_counts_only_at_its_edge(string cue, string prompt, TaskKind expected) =>
        Assert.Equal(expected, Classify($"[writing]\n3: {cue}", prompt));

    [Theory]
    [InlineData("[poetry]", "poetry")]
    [InlineData("[qa]\nno weight here", "no weight here")]
    [InlineData("[qa]\n2: @colour", "colour")]
    [InlineData("[qa]\n2: a", "'a'")]
    public void Parse_names_the_line_it_cannot_read(string sheet, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => CueSheet.Parse(sheet)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("sum")]
    [InlineData("sum up")]
    [InlineData("summarize")]
    [InlineData("summarize this")]
    [InlineData("诗")]
    [InlineData("诗歌")]
    [InlineData("诗歌创作要点")]
    public void A_cue_is_found_beside_others_that_begin_alike(string cue)
    {
        const string Others = "2: summary | summons | su* | sume | summarizing | 诗人 | 诗集出版社";

        Assert.Equal(TaskKind.Writing, Classify($"[rewriting]\n{Others}\n[writing]\n3: {cue}", $"Please, {cue}"));
        Assert.Equal(TaskKind.Writing, Classify($"[rewriting]\n{Others}\n[writing]\n3: {cue}", $"Please, {cue} and so on"));
    }
}
