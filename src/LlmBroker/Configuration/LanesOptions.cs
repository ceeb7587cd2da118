namespace LlmBroker.Configuration;

/// <summary>Settings of the three lanes.</summary>
public sealed record LanesOptions
{
    /// <summary>Somebody is waiting. Defaults: deadline 2 minutes, patience 5 s.</summary>
    public LaneOptions Interactive { get; init; } = new() { DefaultDeadline = TimeSpan.FromMinutes(2), Patience = TimeSpan.FromSeconds(5) };

    /// <summary>A service is waiting. Defaults: deadline 1 hour, patience 2 minutes.</summary>
    public LaneOptions Standard { get; init; } = new() { DefaultDeadline = TimeSpan.FromHours(1), Patience = TimeSpan.FromMinutes(2) };

    /// <summary>Nobody is waiting. Defaults: deadline 24 hours, patience 30 minutes.</summary>
    public LaneOptions Bulk { get; init; } = new() { DefaultDeadline = TimeSpan.FromHours(24), Patience = TimeSpan.FromMinutes(30) };

    /// <summary>The settings of a lane by its name; those of standard for an unknown one.</summary>
    internal LaneOptions Of(string lane) => lane switch
    {
        Messaging.Lane.Interactive => Interactive,
        Messaging.Lane.Bulk => Bulk,
        _ => Standard,
    };
}
