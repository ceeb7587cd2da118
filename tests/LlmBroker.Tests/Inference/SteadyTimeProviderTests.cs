using LlmBroker.Inference;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Inference;

public sealed class SteadyTimeProviderTests
{
    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void A_wall_clock_that_jumps_does_not_move_it(int seconds)
    {
        var wall = new JumpingTimeProvider();
        var steady = new SteadyTimeProvider(wall);
        var before = steady.GetUtcNow();

        wall.Jump = TimeSpan.FromSeconds(seconds);
        wall.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1), steady.GetUtcNow() - before);
    }

    private sealed class JumpingTimeProvider : FakeTimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
