using LlmBroker.Configuration;
using LlmBroker.Inference;
using LlmBroker.Models;
using Xunit;

namespace LlmBroker.Tests.Inference;

public sealed class LaneSlotsTests
{
    [Theory]
    [InlineData(64, 0.25, 48)]
    [InlineData(4, 0.25, 3)]
    [InlineData(1, 0.25, 1)]
    [InlineData(10, 0, 10)]
    [InlineData(2, 0.9, 1)]
    public void A_part_of_the_slots_is_kept_for_the_interactive_lane(int slots, double share, int others) =>
        Assert.Equal(others, LaneSlots.OthersOf(slots, share));

    [Fact]
    public async Task Bulk_cannot_take_every_slot()
    {
        await using var slots = Slots(4, 0.25);
        for (var i = 0; i < 3; i++)
            await Take(slots, "bulk");

        var fourthBulk = slots.AcquireAsync("bulk", TestContext.Current.CancellationToken).AsTask();
        using var interactive = await Take(slots, "interactive");

        Assert.True(interactive.IsAcquired);
        Assert.False(fourthBulk.IsCompleted);
    }

    [Fact]
    public async Task The_interactive_lane_may_take_every_slot_and_gives_them_back()
    {
        await using var slots = Slots(2, 0.5);
        var first = await Take(slots, "interactive");
        using var second = await Take(slots, "interactive");
        var bulk = slots.AcquireAsync("bulk", TestContext.Current.CancellationToken).AsTask();
        Assert.False(bulk.IsCompleted);

        first.Dispose();

        using var lease = await bulk.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(lease.IsAcquired);
    }

    [Fact]
    public async Task A_wait_that_is_given_up_gives_its_outer_slot_back()
    {
        await using var slots = Slots(2, 0.5);
        var first = await Take(slots, "interactive");
        var second = await Take(slots, "interactive");
        using var impatient = new CancellationTokenSource();
        var bulk = slots.AcquireAsync("bulk", impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bulk);

        first.Dispose();
        second.Dispose();

        using var lease = await Take(slots, "bulk");
        Assert.True(lease.IsAcquired);
    }

    private static async Task<System.Threading.RateLimiting.RateLimitLease> Take(LaneSlots slots, string lane) =>
        await slots.AcquireAsync(lane, TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    private static LaneSlots Slots(int calls, double share) => new(new Deployment
    {
        Name = "d",
        Provider = "p",
        Model = "m",
        VendorModel = "m",
        Tier = "cheap",
        MaxOutputTokens = 1,
        ContextWindow = null,
        Prices = null,
        Options = new DeploymentOptions { MaxConcurrentCalls = calls, InteractiveShare = share },
    });
}
