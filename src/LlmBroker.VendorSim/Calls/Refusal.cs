namespace LlmBroker.Simulation.Calls;

/// <summary>
/// An error answer before a vendor's shape is put on it. <paramref name="Type"/>, <paramref name="Param"/> and <paramref name="Code"/> are
/// OpenAI's; each protocol says what it makes of them.
/// </summary>
internal sealed record Refusal(int Status, string? Type, string Message, string? Param = null, string? Code = null)
{
    /// <summary>Sent as <c>Retry-After</c>, or in the vendor's own place for it.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
