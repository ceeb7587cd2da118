namespace LlmBroker.Configuration;

/// <summary>
/// What a deployment takes in each lane: <c>open</c>, <c>paused</c> (workers stop calling, its requests wait in the queue) or
/// <c>draining</c> (it finishes what it has). The router prefers other deployments to one that is not open.
/// </summary>
public sealed record LaneStatesOptions
{
    /// <summary>The lane <c>interactive</c>. Default: open.</summary>
    public string Interactive { get; init; } = LaneState.Open;

    /// <summary>The lane <c>standard</c>. Default: open.</summary>
    public string Standard { get; init; } = LaneState.Open;

    /// <summary>The lane <c>bulk</c>. Default: open.</summary>
    public string Bulk { get; init; } = LaneState.Open;

    /// <summary>The state of a lane by its name; that of standard for an unknown one.</summary>
    internal string Of(string lane) => lane switch
    {
        Messaging.Lane.Interactive => Interactive,
        Messaging.Lane.Bulk => Bulk,
        _ => Standard,
    };
}
