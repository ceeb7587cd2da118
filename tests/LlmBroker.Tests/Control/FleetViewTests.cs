using LlmBroker.Control;
using LlmBroker.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Control;

public sealed class FleetViewTests
{
    private readonly FakeTimeProvider time = new();
    private readonly FleetView fleet;

    public FleetViewTests() => fleet = new FleetView(new WorkerIdentity(), time);

    [Fact]
    public void Reports_of_all_processes_are_added_up()
    {
        fleet.Receive(Load(("d", 2, 100)));
        fleet.Receive(Load(("d", 0, 400), ("e", 5, null)));

        Assert.Equal((2, 5, 0), (fleet.Current.InFlightOf("d"), fleet.Current.InFlightOf("e"), fleet.Current.InFlightOf("f")));
        Assert.Equal((175, null), (fleet.Current.LatencyOf("d"), fleet.Current.LatencyOf("e")));
    }

    [Fact]
    public void A_later_report_replaces_the_earlier_one_of_its_process_and_what_was_counted_since()
    {
        var process = Guid.NewGuid();
        fleet.Receive(new ProcessLoad(process, new() { ["d"] = new(7, null) }));
        fleet.Current.CountSent("d");
        Assert.Equal(8, fleet.Current.InFlightOf("d"));

        fleet.Receive(new ProcessLoad(process, new() { ["d"] = new(1, null) }));
        Assert.Equal(1, fleet.Current.InFlightOf("d"));
    }

    [Fact]
    public void A_process_that_says_nothing_any_more_is_forgotten()
    {
        fleet.Receive(Load(("d", 2, 100)));
        time.Advance(FleetView.ReportLife + TimeSpan.FromSeconds(1));
        fleet.Refresh();

        Assert.Equal(0, fleet.Current.InFlightOf("d"));
    }

    [Theory]
    [InlineData(-1, 5d)]
    [InlineData(int.MaxValue, 5d)]
    [InlineData(1, -5d)]
    [InlineData(1, double.NaN)]
    public void A_report_that_cannot_be_is_not_taken(int inFlight, double latencyMs)
    {
        fleet.Receive(Load(("d", 2, 100)));
        fleet.Receive(Load(("d", inFlight, latencyMs)));
        fleet.Receive(new ProcessLoad(Guid.NewGuid(), new() { ["d"] = null! }));

        Assert.Equal((2, 100), (fleet.Current.InFlightOf("d"), fleet.Current.LatencyOf("d")));
    }

    [Fact]
    public void A_process_reports_what_goes_on_and_nothing_else()
    {
        Assert.Null(fleet.Report());

        fleet.Of("d").Enter();
        fleet.Of("e").Enter();
        fleet.Of("e").Leave();
        Assert.Equal(new Dictionary<string, DeploymentLoad> { ["d"] = new(1, null) }, fleet.Report()!.Deployments);
    }

    [Fact]
    public void Latency_follows_the_newest_calls_and_is_forgotten_without_any()
    {
        var load = fleet.Of("d");
        load.Measure(TimeSpan.FromMilliseconds(1000));
        for (var i = 0; i < 30; i++)
            load.Measure(TimeSpan.FromMilliseconds(100));
        Assert.InRange(load.Read().LatencyMs!.Value, 100, 105);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(load.Read().LatencyMs);
    }

    private static ProcessLoad Load(params (string Name, int InFlight, double? LatencyMs)[] loads) =>
        new(Guid.NewGuid(), loads.ToDictionary(load => load.Name, load => new DeploymentLoad(load.InFlight, load.LatencyMs)));
}
