using LlmBroker.Cli.Submit;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console.Testing;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class SummaryTableTests
{
    [Fact]
    public void Write_shows_models_failures_and_where_the_files_are()
    {
        var time = new FakeTimeProvider();
        var meter = new ProgressMeter(total: 5, before: 0, time);
        time.Advance(TimeSpan.FromSeconds(2));
        var tally = new SubmitTally();
        tally.Add(AnsweredLine.Of(OutputLine.Completed("r1", "a", SampleReplies.Completed("j:a"))));
        tally.Add(AnsweredLine.Of(OutputLine.Completed("r2", "b", SampleReplies.Completed("j:b", finishReason: "length", costUsd: null, model: "big", tier: "large"))));
        tally.Add(AnsweredLine.Of(OutputLine.Failed("r3", "c", SampleReplies.Failed("j:c"), retry: 0)));
        tally.Add(AnsweredLine.Of(OutputLine.Invalid(4, new InputFault(null, "is no JSON"))));
        var options = new SubmitOptions { Input = "in", Output = "out.jsonl", Errors = "err.jsonl", Tenant = "t", Lane = "bulk", InFlight = 1 };
        var summary = SubmitSummary.Of(options, new Job("j", 0), 4, tally.Read(), meter);
        using var console = new TestConsole { Profile = { Width = 120 } };

        SummaryTable.Write(console, summary);

        Assert.False(summary.AllCompleted);
        Assert.Null(summary.CostUsd);
        Assert.Equal((26L, 10L, 1, 2.0), (summary.InputTokens, summary.OutputTokens, summary.Truncated, summary.RequestsPerSecond));
        foreach (var text in (string[])["small", "big", "2, 1 of them truncated", "Failed: Exhausted", "Lines not sent", "26 in, 10 out", "≥ $0.7500, some prices are unknown", "2s, 2.0 req/s", "out.jsonl", "err.jsonl"])
            Assert.Contains(text, console.Output, StringComparison.Ordinal);
    }
}
