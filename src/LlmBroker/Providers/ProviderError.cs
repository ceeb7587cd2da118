namespace LlmBroker.Providers;

/// <summary>Kinds of failed vendor calls. A closed set: nothing above a provider looks at status codes or texts.</summary>
public enum ProviderError
{
    /// <summary>Not classified; treated as <see cref="ServerError"/>.</summary>
    Unknown = 0,

    /// <summary>Too many requests or tokens for now (429). Transient; not charged.</summary>
    RateLimited,

    /// <summary>The account's quota or credit is used up. Waiting seconds does not help; not charged.</summary>
    QuotaExhausted,

    /// <summary>The vendor is overloaded (503, 529). Transient; not charged.</summary>
    Overloaded,

    /// <summary>Any other 5xx. Transient; not charged.</summary>
    ServerError,

    /// <summary>No answer within the attempt's time. Transient; the vendor may have worked and may charge.</summary>
    Timeout,

    /// <summary>No connection, so nothing was sent (name resolution, connect, TLS). Transient; not charged.</summary>
    ConnectionFailed,

    /// <summary>The connection broke after the request went out. Transient; the vendor may have worked and may charge.</summary>
    ConnectionLost,

    /// <summary>Status 200 with a body that cannot be read. Transient; charged.</summary>
    MalformedAnswer,

    /// <summary>The vendor refused our key, account, region or deployment (401, 403, 404 for the model). An operator must act.</summary>
    KeyRefused,

    /// <summary>The vendor refused the request as malformed. The caller's fault.</summary>
    BadRequest,

    /// <summary>The prompt is longer than the model's context. The caller's fault.</summary>
    ContextTooLong,

    /// <summary>The vendor's content filter refused. The caller's fault.</summary>
    ContentFiltered,

    /// <summary>This provider or model cannot do what the body asks for. The caller's fault; where that is known beforehand, nothing was sent.</summary>
    Unsupported,

    /// <summary>We ended the call: cancelled by the caller or shutting down.</summary>
    Aborted,
}
