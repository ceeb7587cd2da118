using LlmBroker.Configuration;

namespace LlmBroker.Providers;

/// <summary>Makes the providers of a configuration's accounts, and takes over those that are the same as before.</summary>
internal sealed class ProviderAccountSource(IEnumerable<ModelProviderType> types, IServiceProvider services)
{
    /// <inheritdoc cref="ProviderAccounts.Create"/>
    public ProviderAccounts Create(BrokerConfiguration configuration, ProviderAccounts? previous) => ProviderAccounts.Create(
        configuration.Options.Providers, types, secret => configuration.Secrets.Resolve(secret)!.Reveal(), services, previous);
}
