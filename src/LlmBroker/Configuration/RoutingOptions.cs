using LlmBroker.Routing;

namespace LlmBroker.Configuration;

/// <summary>What holds for a request that does not say it: its policy, else its model, and whether a call may be made twice for it.</summary>
public sealed record RoutingOptions
{
    /// <summary>Policy for requests that name neither.</summary>
    public string? DefaultPolicy { get; init; }

    /// <summary>Model for requests that name neither, when there is no default policy.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>
    /// File of the routing model that says what kind of work a request asks for (<c>llmbroker route train</c>); followed while the process runs.
    /// Default: the model that comes with this version.
    /// </summary>
    public string? ModelFile { get; init; }

    /// <summary>What is kept to learn from. Default: nothing.</summary>
    public LearningOptions Learning { get; init; } = new();

    /// <summary>
    /// <c>at-least-once</c> or <c>at-most-once</c> by task, with <c>default</c> for all other tasks, of requests that carry no
    /// <c>delivery</c>. Under at-most-once a call whose outcome is unknown is dead-lettered instead of made again. Default: at-least-once.
    /// </summary>
    public Dictionary<string, string> Delivery { get; init; } = [];

    /// <summary>Whether a request of this task is at-most-once unless it says something else.</summary>
    internal bool IsAtMostOnce(string? task) =>
        (task is not null && Delivery.TryGetValue(task, out var ofTask) ? ofTask : Delivery.GetValueOrDefault(DeliveryPromise.OtherTasks))
        == DeliveryPromise.AtMostOnce;
}
