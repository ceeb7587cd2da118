namespace LlmBroker.Configuration;

/// <summary>What of one tenant's is kept for a shorter time than everybody's.</summary>
public sealed record TenantRetentionOptions
{
    /// <summary>
    /// Replies and stored request bodies, the latter of finished requests; deleted within ten minutes after.
    /// Default: <c>ledger.retention.payloads</c>, which is also the most.
    /// </summary>
    public TimeSpan? Payloads { get; init; }

    /// <summary>
    /// <c>true</c>: a reply, and the stored body of its request, is dropped as soon as RabbitMQ has confirmed the reply into the queue, or all
    /// the queues, that asked for it. What came back as unroutable, went where nothing confirms (direct reply-to, in-memory queues) or was asked for by
    /// nobody is kept for the whole time. Default: false.
    /// </summary>
    public bool DropDelivered { get; init; }
}
