using LlmBroker.Models;

namespace LlmBroker.Configuration;

/// <summary>The configuration that a process works with at a moment. Immutable: whoever needs several parts takes one snapshot.</summary>
internal sealed class ConfigurationSnapshot(BrokerOptions options, long revision = 0)
{
    public BrokerOptions Options { get; } = options;

    public ModelCatalog Catalog { get; } = new(options);

    /// <summary>Of the operators' changes that are in it; 0: none.</summary>
    public long Revision { get; } = revision;
}
