namespace LlmBroker.Contracts;

/// <summary>
/// Cancels one request, or every request of a group. Publish it to <c>llm.requests</c> with the routing key <c>{tenant}.cancel</c>.
/// A queued request ends as <see cref="FailureReason.Cancelled"/>, a running call is aborted; one that is finished stays finished.
/// </summary>
public sealed record CancelInference
{
    /// <summary>The request to cancel. Excludes <see cref="GroupId"/>.</summary>
    public string? RequestId { get; init; }

    /// <summary>The group to cancel. Excludes <see cref="RequestId"/>.</summary>
    public string? GroupId { get; init; }
}
