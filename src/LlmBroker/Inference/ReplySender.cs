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
    public async Task SendAsync(RunKey key, IReadOnlyList<ReplyAddress> addresses, RecordedOutcome outcome, CancellationToken cancellationToken)
    {
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
