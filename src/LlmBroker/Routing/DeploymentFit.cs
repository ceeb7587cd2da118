using System.Text.Json;
using LlmBroker.Models;
using LlmBroker.Providers;
using LlmBroker.Providers.HuggingFace;

namespace LlmBroker.Routing;

/// <summary>Whether a deployment can do what one request asks for; asked before a route is made, so that nothing is sent in vain. For one request; its answers are pure.</summary>
internal sealed class DeploymentFit(JsonElement body, string? operation)
{
    private readonly Dictionary<string, string> dropped = [];
    private readonly Dictionary<string, string?> known = [];

    /// <summary>What the request needs.</summary>
    public ModelCapabilities Needs { get; } = RequestNeeds.Of(body, operation);

    /// <summary>Who was left out so far, and why.</summary>
    public IReadOnlyDictionary<string, string> Dropped => dropped;

    /// <summary>Who was left out so far and why, to be put behind a reason; empty when nobody was.</summary>
    public string LeftOut { get; private set; } = "";

    /// <summary>Those that can do it, in their order.</summary>
    public List<Deployment> Keep(IEnumerable<Deployment> deployments)
    {
        var kept = new List<Deployment>();
        foreach (var deployment in deployments)
            if (WhyNot(deployment) is { } why)
            {
                if (dropped.TryAdd(deployment.Name, why))
                    LeftOut += $", {deployment.Name} {why}";
            }
            else
                kept.Add(deployment);
        return kept;
    }

    /// <summary>Whether one of them can; leaves nobody out.</summary>
    public bool CanServe(IReadOnlyList<Deployment> deployments)
    {
        foreach (var deployment in deployments)
        {
            if (WhyNot(deployment) is null)
                return true;
        }

        return false;
    }

    /// <summary>What the deployment cannot do, such as <c>cannot: vision</c>; null when it can do everything.</summary>
    private string? WhyNot(Deployment deployment)
    {
        if (!known.TryGetValue(deployment.Name, out var why))
            known.Add(deployment.Name, why = Find(deployment));
        return why;
    }

    private string? Find(Deployment deployment)
    {
        if ((Needs & ~deployment.Capabilities) is not ModelCapabilities.None and var missing)
            return $"cannot: {CapabilityNames.Of(missing)}";
        return TaskApis.Contains(deployment.Options.Api) ? WhyNotTask(deployment) : null;
    }

    /// <summary>A model of one task wants the bare text, which must be certain to be one.</summary>
    private string? WhyNotTask(Deployment deployment)
    {
        var faults = new RequestFaults();
        try
        {
            return TaskInput.Read(body, deployment.Options.Api!, deployment.Options.TaskModel, faults) is null
                ? $"not certain: {faults.First?.ErrorMessage?.TrimEnd('.')}"
                : null;
        }
        catch (InvalidOperationException)
        {
            return "not certain: the messages hold a string that is no Unicode text";
        }
    }
}
