namespace LlmBroker.Configuration;

/// <summary>
/// How long the ledger keeps what: at least as long as written, and up to a day longer where it is dropped by whole UTC days.
/// </summary>
public sealed record RetentionOptions
{
    /// <summary>Requests, attempts and outcomes with their usage and cost; not shorter than <see cref="Claims"/>. Default: 400 days.</summary>
    public TimeSpan Usage { get; init; } = TimeSpan.FromDays(400);

    /// <summary>
    /// Replies, which can be fetched and are given to duplicates, and stored request bodies. A duplicate that comes later is answered
    /// with the failure <c>ReplyExpired</c>. Default: 7 days.
    /// </summary>
    public TimeSpan Payloads { get; init; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How long a finished request is remembered as the owner of its id; not shorter than <see cref="Payloads"/>. A duplicate that comes
    /// later is a new request, and is paid again. No request is open for longer than this: later deadlines are brought forward.
    /// Default: 30 days.
    /// </summary>
    public TimeSpan Claims { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Dead letters after they were redriven or discarded; open ones are never dropped. Default: 90 days.</summary>
    public TimeSpan DeadLetters { get; init; } = TimeSpan.FromDays(90);
}
