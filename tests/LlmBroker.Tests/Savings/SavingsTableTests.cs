using LlmBroker.Cli.Savings;
using LlmBroker.Savings;
using Spectre.Console.Testing;
using Xunit;

namespace LlmBroker.Tests.Savings;

public sealed class SavingsTableTests
{
    private static readonly SavingsCell Routed = new()
    {
        Name = "[qa], \"x\"", State = SavingsState.Compared, Runs = 70, CostUsd = 7, AllLargeUsd = 70, AllCheapUsd = 7, FeedbackAccepted = 56, FeedbackRejected = 14, RejectedUsd = 1, CascadeAccepted = 5,
    };

    private static readonly SavingsReport Report = SavingsReport.Of(
    [
        Routed,
        Routed with { Arm = "large", Path = AnswerPath.Large, Runs = 80, CostUsd = 80, CostSquares = 80, FeedbackAccepted = 48, FeedbackRejected = 32, CascadeAccepted = 0 },
        new SavingsCell { Name = "code", State = SavingsState.Compared, Runs = 3, CostUsd = 1, AllLargeUsd = 2, FeedbackAccepted = 1 },
        new SavingsCell { Name = "code", State = SavingsState.Open, Runs = 2 },
    ]);

    [Fact]
    public void Write_shows_money_quality_and_what_the_figures_do_not_say()
    {
        using var console = new TestConsole { Profile = { Width = 220 } };

        SavingsTable.Write(console, "task", Report);

        // 7 + 80 of 2 × 70 in the group, and 88 of 142 in all.
        foreach (var text in (string[])["[qa]", "53.000000", "54.000000", "] of 70", "not enough data: 1", "large, by lot", "+20.3 points", "not enough data: 5", "2 that have not ended", "at another length"])
            Assert.Contains(text, console.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_has_a_line_for_each_group_and_one_for_all_with_as_many_fields_as_the_header()
    {
        using var output = new StringWriter { NewLine = "\n" };

        SavingsCsv.Write(output, "task", Report);

        var lines = output.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("\"[qa], \"\"x\"\"\",150,150,0,0,0,70,80,0,87,", lines[1], StringComparison.Ordinal);
        Assert.Equal(lines[0].Count(c => c == ','), lines[2].Count(c => c == ','));
        Assert.StartsWith("total,", lines[3], StringComparison.Ordinal);
    }
}
