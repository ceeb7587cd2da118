using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Xunit;

namespace LlmBroker.Tests.Ledger;

public sealed class RetentionPolicyTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 17, 9, 30, 0, TimeSpan.Zero);

    private readonly RetentionPolicy policy = new(
        new RetentionOptions(),
        new Dictionary<string, TenantOptions>
        {
            ["brief"] = new() { Retention = new() { Payloads = TimeSpan.FromDays(1) } },
            ["discreet"] = new() { Retention = new() { DropDelivered = true } },
        });

    [Fact]
    public void Only_shorter_payloads_are_a_tenants_own() =>
        Assert.Equal([("brief", TimeSpan.FromDays(1))], policy.ShorterPayloads);

    [Theory]
    [InlineData("discreet", 1, "delivered, and then dropped")]
    [InlineData("discreet", 8, "no longer kept, which is for 7d")]
    [InlineData("brief", 2, "no longer kept, which is for 1d")]
    [InlineData("anybody", 8, "no longer kept, which is for 7d")]
    public void A_reply_that_is_gone_has_its_reason(string tenant, int daysAgo, string why) =>
        Assert.Contains(why, policy.WhyReplyIsGone(tenant, Now.AddDays(-daysAgo), Now), StringComparison.Ordinal);
}
