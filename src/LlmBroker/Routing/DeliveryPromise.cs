namespace LlmBroker.Routing;

/// <summary>What may become of a call whose outcome is unknown, in the words of the wire and of the configuration.</summary>
internal static class DeliveryPromise
{
    /// <summary>It is made again.</summary>
    public const string AtLeastOnce = "at-least-once";

    /// <summary>It is dead-lettered.</summary>
    public const string AtMostOnce = "at-most-once";

    /// <summary>In the configuration: for the tasks that are not named there, and requests without one.</summary>
    public const string OtherTasks = "default";
}
