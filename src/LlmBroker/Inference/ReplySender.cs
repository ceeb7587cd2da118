using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;

namespace LlmBroker.Inference;

/// <summary>
/// Sends recorded replies, and drops those that were delivered where their tenant does not want them kept. Delivered means: RabbitMQ has
/// confirmed it into the queue that asked. Whether the producer reads it from there is not to be seen from here.
/// </summary>
internal sealed class ReplySender(MessageSender sender, LedgerWriter ledger, RetentionPolicy retention)
{
    /// <param name="key">The run.</param>
    /// <param name="replyTo">Where the message at hand wants it.</param>
    /// <param name="askers">Who else waits for it.</param>
    /// <param name="outcome">With its reply.</param>
    /// <param name="cancellationToken">Ends the sending.</param>
    public async Task SendAsync(
        RunKey key, ReplyAddress? replyTo, IReadOnlyList<ReplyAddress> askers, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReplyAddress> addresses = replyTo is null
            ? askers
            : [replyTo, .. askers.Where(asker => !ClaimRules.IsSameAddress(asker, replyTo))];
        var delivered = new List<ReplyAddress>(addresses.Count);
        foreach (var address in addresses)
        {
            if (await sender.SendReplyAsync(address, outcome, cancellationToken))
                delivered.Add(address);
        }

        if (delivered.Count > 0 && delivered.Count == addresses.Count && retention.DropsDelivered(key.Tenant))
            await ledger.DropPayloadsAsync(key, outcome.ReplyId, delivered, cancellationToken);
    }
}
