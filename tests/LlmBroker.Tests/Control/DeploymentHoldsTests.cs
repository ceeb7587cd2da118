using LlmBroker.Control;
using LlmBroker.Tests.Inference;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Control;

public sealed class DeploymentHoldsTests
{
    private readonly FakeTimeProvider time = new();
    private readonly DeploymentHolds holds;

    public DeploymentHoldsTests() => holds = new DeploymentHolds(time);

    [Fact]
    public void A_hold_ends_by_itself()
    {
        holds.Hold("d", HoldCause.Vendor, TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(10), holds.RemainingOf("d"));
        Assert.Equal(TimeSpan.Zero, holds.RemainingOf("other"));

        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.Zero, holds.RemainingOf("d"));
    }

    [Fact]
    public void A_rogue_value_stops_a_deployment_for_no_longer_than_the_longest_wait()
    {
        holds.Hold("d", HoldCause.Vendor, TimeSpan.MaxValue);

        Assert.Equal(TimeSpan.FromMinutes(10), holds.RemainingOf("d"));
    }

    [Fact]
    public void A_shorter_hold_does_not_end_a_longer_one_and_is_no_news()
    {
        Assert.True(holds.Hold("d", HoldCause.Vendor, TimeSpan.FromSeconds(10)));
        Assert.False(holds.Hold("d", HoldCause.Vendor, TimeSpan.FromSeconds(3)));
        Assert.False(holds.Hold("d", HoldCause.Vendor, TimeSpan.FromSeconds(10.1)));
        Assert.False(holds.Hold("d", HoldCause.Vendor, TimeSpan.Zero));
        Assert.True(holds.Hold("d", HoldCause.Vendor, TimeSpan.FromSeconds(20)));

        Assert.Equal(TimeSpan.FromSeconds(20), holds.RemainingOf("d"));
    }

    [Fact]
    public void What_the_vendor_asked_for_outlasts_a_breaker_that_closes()
    {
        holds.Hold("d", HoldCause.Vendor, TimeSpan.FromSeconds(10));
        holds.Hold("d", HoldCause.Breaker, TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(30), holds.RemainingOf("d"));

        holds.Release("d", HoldCause.Breaker);
        Assert.Equal(TimeSpan.FromSeconds(10), holds.RemainingOf("d"));
    }

    [Theory]
    [InlineData(HoldCause.Vendor, 5000, false, 5)]
    [InlineData(HoldCause.Breaker, 5000, false, 5)]
    [InlineData(HoldCause.Breaker, 0, true, 0)]
    [InlineData(HoldCause.Vendor, 0, false, 0)]
    [InlineData(HoldCause.Unknown, 5000, false, 0)]
    [InlineData(HoldCause.Vendor, long.MaxValue, false, 600)]
    [InlineData(HoldCause.Vendor, -5, false, 0)]
    internal void What_another_process_says_is_followed(HoldCause cause, long milliseconds, bool closes, int heldSeconds)
    {
        var signals = Signals.Silent(holds);

        Assert.Equal(closes, signals.Receive(new DeploymentHold(Guid.NewGuid(), "d", cause, milliseconds)));
        Assert.Equal(TimeSpan.FromSeconds(heldSeconds), holds.RemainingOf("d"));
    }
}
