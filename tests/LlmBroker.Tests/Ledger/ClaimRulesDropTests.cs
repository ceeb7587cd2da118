using LlmBroker.Contracts;
using LlmBroker.Ledger;
using Xunit;

namespace LlmBroker.Tests.Ledger;

/// <summary>When the payloads of a delivered request may go.</summary>
public sealed class ClaimRulesDropTests
{
    private static readonly RunKey Key = new("acme", "r", 1);
    private static readonly Guid ReplyId = Guid.NewGuid();
    private static readonly ReplyAddress Own = new() { Queue = "reply.acme.a" };
    private static readonly ReplyAddress Duplicates = new() { Queue = "reply.acme.b", CorrelationId = "2" };

    private static readonly Claim Finished = new()
    {
        Key = ClaimKey.Of(Key),
        Run = 1,
        State = ClaimState.Finished,
        ReplyTo = Own,
        ReplyId = ReplyId,
        AcceptedAt = DateTimeOffset.UnixEpoch,
        FinishedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public void A_finished_request_whose_askers_all_have_it() => Assert.True(Drop(Finished with { AlsoReplyTo = [Duplicates] }, Own, Duplicates));

    [Fact]
    public void Not_while_only_a_later_duplicate_has_it() => Assert.False(Drop(Finished, Duplicates));

    [Fact]
    public void Not_while_a_registered_duplicate_waits() => Assert.False(Drop(Finished with { AlsoReplyTo = [Duplicates] }, Own));

    [Fact]
    public void Not_once_a_later_run_is_open_or_has_its_own_reply()
    {
        Assert.False(Drop(Finished.OpenRun(2), Own));
        Assert.False(Drop(Finished with { Run = 2, ReplyId = Guid.NewGuid() }, Own));
        Assert.False(Drop(null, Own));
    }

    private static bool Drop(Claim? claim, params ReplyAddress[] delivered)
    {
        var changes = new LedgerChanges();
        var dropped = ClaimRules.DropPayloads(
            new DropPayloadsOperation(Key, ReplyId, delivered), claim is null ? null : new ClaimRecord(claim), changes);
        Assert.Equal(dropped, changes.DroppedPayloads.Count == 1);
        return dropped;
    }
}
