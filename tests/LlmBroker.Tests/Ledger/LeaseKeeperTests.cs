using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Ledger;

public sealed class LeaseKeeperTests
{
    [Fact]
    public async Task The_lease_stands_after_the_start_is_renewed_by_thirds_and_ends_with_the_stop()
    {
        var time = new FakeTimeProvider();
        var store = new RecordingStore();
        using var keeper = new LeaseKeeper(
            store, new WorkerIdentity(), new LedgerOptions { Lease = TimeSpan.FromSeconds(3) }, time, NullLogger<LeaseKeeper>.Instance);

        await keeper.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, store.Renewals);

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        for (var renewals = 2; renewals <= 4; renewals++)
        {
            var third = TimeSpan.Zero;
            while (store.Renewals < renewals)
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                third += TimeSpan.FromMilliseconds(100);
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, deadline.Token);
            }

            Assert.InRange(third, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(2.9));
        }

        await keeper.StopAsync(TestContext.Current.CancellationToken);
        Assert.True(store.IsLeaseEnded);
    }
}
