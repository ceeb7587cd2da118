namespace LlmBroker.Contracts;

/// <summary>
/// Where the ledger keeps the body of a request: a row of <c>payloads</c> of the request's tenant and id. It was committed with the
/// acceptance that sent the message, and is kept for <c>ledger.retention.payloads</c>.
/// </summary>
public sealed record BodyReference
{
    /// <summary>The run that it was stored for.</summary>
    public required int Run { get; init; }

    /// <summary>When it was stored.</summary>
    public required DateTimeOffset StoredAt { get; init; }

    /// <summary>Its size as UTF-8 JSON.</summary>
    public required int Bytes { get; init; }
}
