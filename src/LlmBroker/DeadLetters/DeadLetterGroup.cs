using LlmBroker.Contracts;

namespace LlmBroker.DeadLetters;

/// <summary>The dead letters of one reason.</summary>
internal sealed record DeadLetterGroup
{
    public required FailureReason Reason { get; init; }
    public required long Count { get; init; }
    public required DateTimeOffset Oldest { get; init; }
    public required DateTimeOffset Newest { get; init; }

    /// <summary>What is known to have been spent on their requests when they were dead-lettered, in USD.</summary>
    public required decimal CostUsd { get; init; }

    /// <summary>Letters whose cost is not known, so that <see cref="CostUsd"/> is a lower bound when there are any.</summary>
    public required long UnknownCosts { get; init; }

    /// <summary>The newest letter, as a sample.</summary>
    public required Guid SampleId { get; init; }

    public required string SampleError { get; init; }
}
