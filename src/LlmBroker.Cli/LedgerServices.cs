using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Cli;

/// <summary>The ledger for a command that only reads it or changes a row: its services, none of them started.</summary>
internal static class LedgerServices
{
    public static ServiceProvider Open(BrokerConfiguration configuration) => Ledger(configuration).BuildServiceProvider();

    /// <summary>With what redrives dead letters, by the configuration in force: the file with the operators' overrides.</summary>
    public static async Task<ServiceProvider> OpenForRedriveAsync(BrokerConfiguration configuration, CancellationToken cancellationToken)
    {
        await using var ledger = Open(configuration);
        var overrides = await ledger.GetRequiredService<ConfigurationStore>().GetOverridesAsync(cancellationToken);
        var live = new LiveConfiguration(configuration.With(overrides.Overrides).Options);
        return Ledger(configuration).AddSingleton(live).AddDeadLetterRedrive().BuildServiceProvider();
    }

    private static IServiceCollection Ledger(BrokerConfiguration configuration) =>
        new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning))
            .AddLedger(LedgerConnection.Complete(configuration.Options.Ledger, configuration.Secrets), configuration.Options.Tenants);
}
