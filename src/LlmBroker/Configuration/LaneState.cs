namespace LlmBroker.Configuration;

/// <summary>The states of a deployment's lane, by their names in the configuration.</summary>
internal static class LaneState
{
    public const string Open = "open";
    public const string Paused = "paused";
    public const string Draining = "draining";

    public static readonly string[] All = [Open, Paused, Draining];
}
