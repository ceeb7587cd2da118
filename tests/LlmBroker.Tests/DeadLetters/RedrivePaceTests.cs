using LlmBroker.DeadLetters;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.DeadLetters;

public sealed class RedrivePaceTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Sends_are_spaced_evenly_and_lost_time_is_not_caught_up()
    {
        var pace = new RedrivePace(10, time);
        await pace.WaitAsync(TestContext.Current.CancellationToken);

        var second = pace.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(second.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await second;

        time.Advance(TimeSpan.FromMinutes(1));
        await pace.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(pace.WaitAsync(TestContext.Current.CancellationToken).IsCompleted);
    }
}
