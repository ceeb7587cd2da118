namespace LlmBroker.Messaging;

/// <summary>Which queues a tenant may have answered: never a queue of the broker, never another tenant's.</summary>
internal static class ReplyQueueRule
{
    public const string DirectReplyTo = "amq.rabbitmq.reply-to";
    private const string ServerNamed = "amq.gen-";
    private const string BrokerPrefix = "llm.";

    /// <param name="queue">The name in <c>reply_to</c>.</param>
    /// <param name="prefix">What the tenant's reply queues begin with; empty when there is only one tenant.</param>
    public static bool Allows(string queue, string prefix) =>
        queue.StartsWith(DirectReplyTo + ".", StringComparison.Ordinal)
        || queue.StartsWith(ServerNamed, StringComparison.Ordinal)
        || (queue.StartsWith(prefix, StringComparison.Ordinal)
            && !queue.StartsWith(BrokerPrefix, StringComparison.Ordinal)
            && !queue.StartsWith("amq.", StringComparison.Ordinal)
            && queue.Length is > 0 and <= 255);
}
