using System.CommandLine;
using LlmBroker.Tenants;

namespace LlmBroker.Cli;

/// <summary>Options that mean the same in every command.</summary>
internal static class SharedOptions
{
    public static readonly Option<FileInfo?> Config = new("--config")
    {
        Description = "Configuration file. Default: $LLMBROKER_CONFIG, else ./llmbroker.json.",
        Recursive = true,
    };

    /// <summary>One JSON document on standard output instead of a table.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON instead of a table." };

    /// <summary>The first part of routing keys.</summary>
    public static readonly Option<string> Tenant = new("--tenant")
    {
        Description = "Tenant of the RabbitMQ user that is configured.",
        DefaultValueFactory = _ => TenantMap.DefaultTenant,
    };
}
