using LlmBroker.Models;

namespace LlmBroker.Configuration;

/// <summary>The one reference to the configuration in force; swapped as a whole. Read it anew for each request.</summary>
internal sealed class LiveConfiguration(ConfigurationSnapshot start)
{
    private volatile ConfigurationSnapshot current = start;

    public LiveConfiguration(BrokerOptions options)
        : this(new ConfigurationSnapshot(options))
    {
    }

    public ConfigurationSnapshot Current => current;

    public BrokerOptions Options => current.Options;

    public ModelCatalog Catalog => current.Catalog;

    public void Swap(ConfigurationSnapshot next) => current = next;
}
