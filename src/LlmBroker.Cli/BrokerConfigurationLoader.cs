using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Providers;

namespace LlmBroker.Cli;

/// <summary>Loads the configuration that a command was given.</summary>
internal static class BrokerConfigurationLoader
{
    /// <summary>Provider types that this executable has adapters for.</summary>
    public static readonly IReadOnlySet<string> ProviderTypes = VendorTypes.Names;

    public static BrokerConfiguration Load(ParseResult arguments, ConfigurationNeeds needs) =>
        BrokerConfiguration.Load(arguments.GetValue(SharedOptions.Config)?.FullName, ProviderTypes, needs);
}
