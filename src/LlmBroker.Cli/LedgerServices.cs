using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Cli;

/// <summary>The ledger for a command that only reads it or changes a row: its services, none of them started.</summary>
internal static class LedgerServices
{
    public static ServiceProvider Open(BrokerConfiguration configuration) =>
        new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning))
            .AddLedger(LedgerConnection.Complete(configuration.Options.Ledger, configuration.Secrets), configuration.Options.Tenants)
            .BuildServiceProvider();
}
