using LlmBroker.Cli.Submit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Cli.Submit;

public sealed class ProgressMeterTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Read_takes_the_rate_of_the_last_seconds()
    {
        var meter = new ProgressMeter(total: 1000, before: 0, time);
        Pass(meter, seconds: 60, from: 0, perSecond: 10);

        time.Advance(TimeSpan.FromSeconds(1));
        Pass(meter, seconds: 20, from: 600, perSecond: 5);
        var reading = meter.Read(700);

        Assert.Equal(5, reading.Rate, tolerance: 0.5);
        Assert.Equal(300 / 5, reading.Left!.Value.TotalSeconds, tolerance: 6);
    }

    [Fact]
    public void Read_does_not_count_what_was_done_before()
    {
        var meter = new ProgressMeter(total: 1000, before: 500, time);
        time.Advance(TimeSpan.FromSeconds(10));

        var reading = meter.Read(510);

        Assert.Equal((510, 1000, 1.0, TimeSpan.FromSeconds(490)), (reading.Done, reading.Total, reading.Rate, reading.Left));
        Assert.Equal(1.0, meter.MeanRateOf(510));
    }

    [Fact]
    public void Read_knows_no_time_left_while_nothing_moves_and_none_at_the_end()
    {
        var meter = new ProgressMeter(total: 10, before: 0, time);

        Assert.Null(meter.Read(0).Left);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(meter.Read(0).Left);
        Assert.Equal(TimeSpan.Zero, meter.Read(10).Left);
    }

    [Fact]
    public void ProgressText_tells_all_of_it_in_one_line()
    {
        var totals = TotalsOf(small: 3, large: 1, costUnknown: false);

        Assert.Equal(
            "4/1,000 · 12.5 req/s · cheap 75% large 25% · $1.0000 · 1 failed · 200 in flight · ETA 1m 20s",
            ProgressText.Of(new ProgressReading(4, 1000, 12.5, TimeSpan.FromSeconds(80)), totals with { Failures = new Dictionary<string, int> { ["Expired"] = 1 } }, 200, null));
        Assert.EndsWith("ETA ? · RabbitMQ is away. Waiting.", ProgressText.Of(new ProgressReading(4, 1000, 0, null), totals, 200, "RabbitMQ is away."), StringComparison.Ordinal);
        Assert.Contains("≥ $0.7500", ProgressText.Of(new ProgressReading(4, 1000, 0, null), TotalsOf(3, 1, costUnknown: true), 0, null), StringComparison.Ordinal);
    }

    private void Pass(ProgressMeter meter, int seconds, int from, int perSecond)
    {
        for (var second = 0; second < seconds; second++)
        {
            meter.Read(from + (second * perSecond));
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static SubmitTotals TotalsOf(int small, int large, bool costUnknown)
    {
        var tally = new SubmitTally();
        for (var i = 0; i < small; i++)
            tally.Add(Line("small", "cheap", 0.25m));
        for (var i = 0; i < large; i++)
            tally.Add(Line("big", "large", costUnknown ? null : 0.25m));
        return tally.Read();
    }

    private static AnsweredLine Line(string model, string tier, decimal? cost) =>
        AnsweredLine.Of(OutputLine.Completed("r", "a", SampleReplies.Completed("j:a", costUsd: cost, model: model, tier: tier)));
}
