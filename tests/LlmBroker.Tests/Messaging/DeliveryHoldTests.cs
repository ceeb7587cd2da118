using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Messaging;

public sealed class DeliveryHoldTests : IDisposable
{
    private static readonly RunKey Key = new("acme", "r1", 1);

    private readonly FakeTimeProvider time = new();
    private readonly DeliveryHold hold;

    public DeliveryHoldTests() => hold = new DeliveryHold(time);

    public void Dispose() => hold.Dispose();

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_takes_too_long_is_handed_back_within_ten_minutes()
    {
        var handled = hold.WithinAsync(token => Task.Delay(Timeout.InfiniteTimeSpan, time, token), CancellationToken);

        time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(handled.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(0.9));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handled);
    }

    [Fact]
    public async Task A_run_that_may_be_paid_for_goes_on_and_its_redelivery_waits_for_it()
    {
        var answer = new TaskCompletionSource();
        var runs = 0;
        var begun = new TaskCompletionSource();
        Task RunAsync()
        {
            runs++;
            begun.TrySetResult();
            return answer.Task;
        }

        var first = hold.WithinAsync(Key, RunAsync, CancellationToken);
        await begun.Task;
        time.Advance(TimeSpan.FromMinutes(9.9));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var again = hold.WithinAsync(Key, RunAsync, CancellationToken);
        Assert.Equal(1, runs);
        answer.SetResult();
        await again;

        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task The_ledgers_absence_is_waited_for()
    {
        var tries = 0;
        var handled = hold.WithinAsync(
            _ => ++tries < 3 ? throw new LedgerUnavailableException("away", new IOException()) : Task.CompletedTask, CancellationToken);
        while (!handled.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await handled;

        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task After_an_outage_what_is_held_can_be_handed_back_and_a_run_goes_on()
    {
        var answer = new TaskCompletionSource();
        var waits = hold.WithinAsync(token => Task.Delay(Timeout.InfiniteTimeSpan, time, token), CancellationToken);
        var calls = hold.WithinAsync(Key, () => answer.Task, CancellationToken);

        hold.HandBack();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calls);
        var again = hold.WithinAsync(Key, () => Task.CompletedTask, CancellationToken);
        Assert.False(again.IsCompleted);
        answer.SetResult();
        await again;
    }
}
