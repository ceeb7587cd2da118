using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.CallLog;

/// <summary>
/// One line of the call log. It is written when the call arrives and its outcome is decided, so it stands for what the vendor did and billed,
/// whether or not the client stayed to hear of it.
/// </summary>
public sealed record VendorCall
{
    /// <summary>When the call arrived, UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Counts up by one per line, over restarts on the same file.</summary>
    public long Sequence { get; init; }

    /// <summary>The vendor whose path was called.</summary>
    public required Vendor Vendor { get; init; }

    /// <summary>The model asked for, known or not; null when the request was unreadable.</summary>
    public string? Model { get; init; }

    /// <summary>The caller's <c>X-LlmBroker-Attempt-Id</c> header; null without it.</summary>
    public string? AttemptId { get; init; }

    /// <summary>The request id that the answer's header carries.</summary>
    public required string RequestId { get; init; }

    /// <summary>HTTP status of the answer; null when none was sent (reset, hang).</summary>
    public int? Status { get; init; }

    /// <summary>The configured fault that fired, by its name in the models file; null when none did.</summary>
    public string? Fault { get; init; }

    /// <summary>The vendor's error code, or else its type; null for a 200.</summary>
    public string? Error { get; init; }

    /// <summary>SHA-256 in hex of model, roles and texts of the messages; null when the request was unreadable.</summary>
    public string? PromptSha256 { get; init; }

    /// <summary>Input tokens, cached ones included.</summary>
    public int InputTokens { get; init; }

    /// <summary>The part of the input read from the vendor's cache.</summary>
    public int CachedTokens { get; init; }

    /// <summary>The part of the input written to the vendor's cache, where the vendor tells and bills it apart.</summary>
    public int CacheWriteTokens { get; init; }

    /// <summary>Output tokens, reasoning included.</summary>
    public int OutputTokens { get; init; }

    /// <summary>The part of the output spent on reasoning.</summary>
    public int ReasoningTokens { get; init; }

    /// <summary>The vendor's word for why the answer ended; null without an answer.</summary>
    public string? FinishReason { get; init; }

    /// <summary>Time between arrival and answer that was drawn for this call.</summary>
    public double LatencyPlannedMs { get; init; }

    /// <summary>Whether the vendor would bill the tokens: everything it generated, also when the answer was broken or lost on the way.</summary>
    public bool Billed { get; init; }
}
