namespace LlmBroker.Configuration;

/// <summary>The configuration cannot be used. The message lists every fault, one a line.</summary>
public sealed class BrokerConfigurationException : Exception
{
    internal BrokerConfigurationException(string source, IReadOnlyList<ConfigurationFinding> faults)
        : base(Describe(source, faults)) => Faults = faults;

    internal IReadOnlyList<ConfigurationFinding> Faults { get; }

    private static string Describe(string source, IReadOnlyList<ConfigurationFinding> faults)
    {
        var heading = faults.Count == 1 ? $"The configuration ({source}) has a fault:" : $"The configuration ({source}) has {faults.Count} faults:";
        return string.Join('\n', faults.Select(fault => $"  {fault}").Prepend(heading));
    }
}
