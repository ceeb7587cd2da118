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
        var live = new LiveConfiguration(await ReadOptionsInForceAsync(ledger, configuration, cancellationToken));
        return Ledger(configuration).AddSingleton(live).AddDeadLetterRedrive().BuildServiceProvider();
    }

    /// <summary>The file's options with the operators' overrides over them.</summary>
    public static async Task<BrokerOptions> ReadOptionsInForceAsync(
        IServiceProvider ledger, BrokerConfiguration configuration, CancellationToken cancellationToken)
    {
        var overrides = await ledger.GetRequiredService<ConfigurationStore>().GetOverridesAsync(cancellationToken);
        return configuration.With(overrides.Overrides).Options;
    }

    private static IServiceCollection Ledger(BrokerConfiguration configuration) =>
        new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning))
            .AddLedger(LedgerConnection.Complete(configuration.Options.Ledger, configuration.Secrets), configuration.Options.Tenants);
}
