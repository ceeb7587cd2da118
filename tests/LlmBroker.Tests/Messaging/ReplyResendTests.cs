using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using Xunit;

namespace LlmBroker.Tests.Messaging;

public sealed class ReplyResendTests
{
    private static readonly Claim Claim = new()
    {
        Key = new ClaimKey("acme", "r1"),
        Run = 1,
        State = ClaimState.Finished,
        AcceptedAt = DateTimeOffset.UnixEpoch,
        ReplyTo = new ReplyAddress { Queue = "acme.one", CorrelationId = "first" },
        AlsoReplyTo = [new ReplyAddress { Queue = "acme.two", CorrelationId = "second" }],
    };

    [Fact]
    public void It_goes_to_everybody_who_asked() =>
        Assert.Equal(["acme.one", "acme.two"], ReplyResend.Choose("r1", Claim, null, "acme.").Addresses.Select(address => address.Queue));

    [Fact]
    public void Another_queue_of_the_tenant_gets_it_with_the_first_ones_correlation()
    {
        var (addresses, fault) = ReplyResend.Choose("r1", Claim, "acme.three", "acme.");

        Assert.Equal(("acme.three", "first", null), (Assert.Single(addresses).Queue, addresses[0].CorrelationId, fault));
        Assert.Equal("r1", ReplyResend.Choose("r1", null, "acme.three", "acme.").Addresses[0].CorrelationId);
    }

    [Theory]
    [InlineData("umbrella.one")]
    [InlineData("llm.work.d0.bulk")]
    public void A_queue_that_is_not_the_tenants_is_refused(string queue)
    {
        var (addresses, fault) = ReplyResend.Choose("r1", Claim, queue, "acme.");

        Assert.Empty(addresses);
        Assert.Contains($"'{queue}' is not the tenant's", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nobody_asked_a_queue_is_to_be_named() =>
        Assert.Contains("--to", ReplyResend.Choose("r1", Claim with { ReplyTo = null, AlsoReplyTo = [] }, null, "").Fault, StringComparison.Ordinal);
}
