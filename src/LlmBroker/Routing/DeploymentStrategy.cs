namespace LlmBroker.Routing;

/// <summary>The ways to choose among the deployments of a model, by their names in the configuration.</summary>
internal static class DeploymentStrategy
{
    public const string Order = "order";
    public const string Weighted = "weighted";
    public const string LeastInFlight = "least-in-flight";
    public const string LowestCost = "lowest-cost";
    public const string LowestLatency = "lowest-latency";

    public static readonly string[] All = [Order, Weighted, LeastInFlight, LowestCost, LowestLatency];
}
