namespace LlmBroker.Inference;

/// <summary>Why work on a request is broken off.</summary>
internal enum AbortReason
{
    None = 0,

    /// <summary>The caller asked for it. The run ends.</summary>
    Cancelled = 1,

    /// <summary>The deadline has passed. The run ends.</summary>
    Expired = 2,

    /// <summary>This process stops. The run goes on elsewhere.</summary>
    Stopping = 3,
}
