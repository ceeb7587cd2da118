using System.Text.Json.Nodes;
using LlmBroker.Configuration;

namespace LlmBroker.Tests.Configuration;

/// <summary>A small valid configuration, and variations of it.</summary>
internal static class Given
{
    public const string Valid = """
        {
          "ledger": { "postgres": "Host=db;Username=u;Database=d" },
          "providers": { "acme": { "type": "openai", "apiKey": { "env": "ACME_KEY" } } },
          "models": {
            "small": { "tier": "cheap", "price": { "input": 0.1, "output": 0.4 } },
            "big": { "tier": "large", "price": { "input": 2, "output": 8 } },
            "idle": { "tier": "large", "priceUnknown": true }
          },
          "deployments": {
            "zeta": { "provider": "acme", "model": "small" },
            "alpha": { "provider": "acme", "model": "big" }
          },
          "policies": { "auto": { "cheap": "small", "large": "big" } },
          "routing": { "defaultPolicy": "auto" }
        }
        """;

    public static readonly IReadOnlySet<string> ProviderTypes = new HashSet<string> { "openai", "anthropic" };

    public static BrokerConfiguration Load(
        string json, ConfigurationNeeds needs = ConfigurationNeeds.All, params (string Name, string Value)[] environment)
    {
        var variables = environment.Append(("ACME_KEY", "k")).ToDictionary(entry => entry.Item1, entry => entry.Item2);
        return BrokerConfiguration.Parse(json, "test", ProviderTypes, needs, variables);
    }

    /// <summary>The faults of the valid configuration with <paramref name="change"/> merged in; a null there takes a member away.</summary>
    public static IReadOnlyList<ConfigurationFinding> FaultsWith(
        string change, ConfigurationNeeds needs = ConfigurationNeeds.All, params (string Name, string Value)[] environment) =>
        FaultsOf(With(change), needs, environment);

    public static IReadOnlyList<ConfigurationFinding> FaultsOf(
        string json, ConfigurationNeeds needs = ConfigurationNeeds.All, params (string Name, string Value)[] environment)
    {
        try
        {
            Load(json, needs, environment);
            return [];
        }
        catch (BrokerConfigurationException exception)
        {
            return exception.Faults;
        }
    }

    public static string With(string change) => Merged(Valid, change);

    public static string Merged(string json, string change)
    {
        var tree = JsonNode.Parse(json)!.AsObject();
        Merge(tree, JsonNode.Parse(change)!.AsObject());
        return tree.ToJsonString();
    }

    private static void Merge(JsonObject target, JsonObject change)
    {
        foreach (var (name, value) in change)
        {
            if (value is null)
                target.Remove(name);
            else if (value is JsonObject inner && target[name] is JsonObject existing)
                Merge(existing, inner);
            else
                target[name] = value.DeepClone();
        }
    }
}
