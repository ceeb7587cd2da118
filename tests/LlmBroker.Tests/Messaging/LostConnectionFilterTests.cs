using LlmBroker.Messaging;
using MassTransit;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Messaging;

public sealed class LostConnectionFilterTests
{
    private readonly FakeTimeProvider time = new();
    private readonly TaskCompletionSource turn = new();
    private int looks;

    [Fact]
    public async Task An_endpoint_that_is_not_told_of_a_lost_connection_begins_anew()
    {
        var ending = Within(look => look <= 10);

        await PassUntilAsync(() => ending.IsCompleted);

        await Assert.ThrowsAsync<RabbitMqConnectionException>(() => ending);
        Assert.Equal(14, looks);
    }

    [Fact]
    public async Task A_connection_that_is_back_in_time_ends_nothing()
    {
        var ending = Within(look => look % 4 == 0);

        await PassUntilAsync(() => looks >= 40);

        Assert.False(ending.IsCompleted);
        turn.SetResult();
        await ending;
    }

    [Fact]
    public async Task A_turn_that_ends_by_itself_ends_as_it_does()
    {
        var ending = Within(_ => true);

        turn.SetException(new InvalidOperationException("its own"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => ending);
    }

    /// <param name="isOpen">By the number of the look.</param>
    private Task Within(Func<int, bool> isOpen) => LostConnectionFilter.WithinAsync(() => isOpen(Interlocked.Increment(ref looks)), turn.Task, time);

    private async Task PassUntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1));
            // The wait for the next look begins on another thread.
            await Task.Yield();
        }
    }
}
