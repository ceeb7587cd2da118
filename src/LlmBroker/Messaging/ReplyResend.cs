using LlmBroker.Contracts;
using LlmBroker.Ledger;

namespace LlmBroker.Messaging;

/// <summary>Where a recorded reply is sent again. Pure.</summary>
internal static class ReplyResend
{
    /// <param name="requestId">The request.</param>
    /// <param name="claim">What is known of it; null when that was pruned.</param>
    /// <param name="queue">Send it here instead of to the addresses on record.</param>
    /// <param name="replyPrefix">What the tenant's reply queues begin with.</param>
    /// <returns>The addresses, or why there are none.</returns>
    public static (IReadOnlyList<ReplyAddress> Addresses, string? Fault) Choose(string requestId, Claim? claim, string? queue, string replyPrefix)
    {
        if (queue is not null)
        {
            return ReplyQueueRule.Allows(queue, replyPrefix)
                ? ([new ReplyAddress { Queue = queue, CorrelationId = claim?.ReplyTo?.CorrelationId ?? requestId }], null)
                : ([], $"Queue '{queue}' is not the tenant's; name one that begins with '{replyPrefix}' and is no queue of the broker.");
        }

        IReadOnlyList<ReplyAddress> addresses = [.. claim?.ReplyTo is { } first ? [first] : Array.Empty<ReplyAddress>(), .. claim?.AlsoReplyTo ?? []];
        return addresses.Count > 0
            ? (addresses, null)
            : ([], $"Nobody asked for the reply to '{requestId}', or that is no longer on record; name a queue with --to.");
    }
}
