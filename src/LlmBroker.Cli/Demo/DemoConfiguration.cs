using System.Text.Json;
using LlmBroker.Configuration;

namespace LlmBroker.Cli.Demo;

/// <summary>The demo's configuration: written to its folder, so that <c>usage</c> and <c>dead-letters</c> can be pointed at it afterwards.</summary>
internal static class DemoConfiguration
{
    private const string KeyVariable = "LLMBROKER_DEMO_KEY";

    public static BrokerConfiguration Write(DirectoryInfo folder, Uri vendors, IReadOnlySet<string> providerTypes, bool cascade)
    {
        var file = Path.Combine(folder.FullName, "llmbroker.json");
        var json = $$"""
            {
              "rabbitMq": { "inMemory": true },
              "ledger": { "sqlite": {{JsonSerializer.Serialize(Path.Combine(folder.FullName, "ledger.db"))}} },
              "providers": {
                "sim-openai": { "type": "openai", "baseUrl": "{{vendors}}v1/", "apiKey": { "env": "{{KeyVariable}}" } },
                "sim-anthropic": { "type": "anthropic", "baseUrl": "{{vendors}}v1/", "apiKey": { "env": "{{KeyVariable}}" } }
              },
              "models": {
                "{{DemoVendors.Cheap}}": { "tier": "cheap", "contextWindow": 128000, "price": { "input": 0.15, "output": 0.6 } },
                "{{DemoVendors.Large}}": { "tier": "large", "contextWindow": 200000, "price": { "input": 3, "output": 15 } },
                "{{DemoVendors.Legacy}}": { "tier": "large", "contextWindow": 128000, "price": { "input": 2, "output": 8 } }
              },
              "deployments": {
                "cheap": { "provider": "sim-openai", "model": "{{DemoVendors.Cheap}}", "maxConcurrentCalls": 10, "retryDelay": "200ms" },
                "large": { "provider": "sim-anthropic", "model": "{{DemoVendors.Large}}", "maxConcurrentCalls": 16, "retryDelay": "200ms" },
                "legacy": { "provider": "sim-openai", "model": "{{DemoVendors.Legacy}}" }
              },
              "policies": { "auto": { "cheap": "{{DemoVendors.Cheap}}", "large": "{{DemoVendors.Large}}"{{(cascade ? ", \"cascade\": {}" : "")}} } },
              "routing": { "defaultPolicy": "auto" }
            }
            """;
        File.WriteAllText(file, json);
        return BrokerConfiguration.Parse(
            json, file, providerTypes, ConfigurationNeeds.All, new Dictionary<string, string> { [KeyVariable] = DemoVendors.ApiKey });
    }
}
