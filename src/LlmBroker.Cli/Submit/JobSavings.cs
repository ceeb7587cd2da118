using System.CommandLine;
using System.Data.Common;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using LlmBroker.Savings;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Submit;

/// <summary>What a job's policy saved, for a producer that can read the ledger. One that cannot goes without.</summary>
internal static class JobSavings
{
    /// <param name="arguments">Name the configuration.</param>
    /// <param name="tenant">Whose job it is.</param>
    /// <param name="groupId">Of its requests.</param>
    /// <param name="warn">Told why the ledger that is configured gives nothing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null without a ledger in the configuration, and when no request left its policy a choice.</returns>
    public static async Task<SavingsReport?> ReadAsync(
        ParseResult arguments, string tenant, string groupId, Action<string> warn, CancellationToken cancellationToken)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Messaging);
        if (configuration.Options.Ledger is { Postgres: null, Sqlite: null })
            return null;

        try
        {
            await using var services = LedgerServices.Open(configuration);
            var report = await services.GetRequiredService<SavingsQueries>().GetOfGroupAsync(tenant, groupId, cancellationToken);
            return report.HasChoices ? report : null;
        }
        catch (Exception exception) when (exception is LedgerUnavailableException or DbException)
        {
            warn($"The job is done, but the ledger cannot be asked what it saved: {exception.Message} Try 'llmbroker savings --group {groupId}'.");
            return null;
        }
    }
}
