using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Ledger;

public sealed class LeaseWatchTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider time = new();
    private readonly LeaseWatch watch;

    public LeaseWatchTests() => watch = new LeaseWatch(new LedgerOptions { Lease = Lease }, time);

    [Fact]
    public void A_process_that_renews_in_time_believes_what_it_reads()
    {
        Assert.True(watch.MayTakeOver);
        for (var i = 0; i < 10; i++)
        {
            watch.Renew(time.GetTimestamp());
            time.Advance(Lease / 3);

            Assert.True(watch.MayTakeOver);
        }
    }

    [Fact]
    public void After_a_standstill_the_others_get_the_time_of_one_lease_to_renew()
    {
        watch.Renew(time.GetTimestamp());
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(watch.IsLapsed);
        Assert.False(watch.MayTakeOver);

        watch.Renew(time.GetTimestamp());
        Assert.False(watch.IsLapsed);
        Assert.False(watch.MayTakeOver);

        time.Advance(Lease - TimeSpan.FromMilliseconds(1));
        watch.Renew(time.GetTimestamp());
        Assert.False(watch.MayTakeOver);
        time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(watch.MayTakeOver);
    }
}
