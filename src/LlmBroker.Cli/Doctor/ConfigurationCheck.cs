using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Doctor;

/// <summary>File and overrides together, and whether every running process works with them.</summary>
internal static class ConfigurationCheck
{
    /// <summary>With the overrides over the file; the file alone where they have faults or cannot be read.</summary>
    public static async Task<BrokerConfiguration> EffectiveAsync(BrokerConfiguration file, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(file);
        try
        {
            return await IsReadyAsync(services, cancellationToken)
                ? file.With((await services.GetRequiredService<ConfigurationStore>().GetOverridesAsync(cancellationToken)).Overrides)
                : file;
        }
        catch (BrokerConfigurationException)
        {
            // They are listed by the check itself.
            return file;
        }
    }

    public static async Task<IReadOnlyList<Finding>> RunAsync(BrokerConfiguration file, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(file);
        // A ledger out of reach, or one that lacks the tables, is the ledger check's to report.
        if (!await IsReadyAsync(services, cancellationToken))
            return [];

        var store = services.GetRequiredService<ConfigurationStore>();
        var known = await store.GetOverridesAsync(cancellationToken);
        var findings = new List<Finding>();
        try
        {
            var halted = HaltedLanes(file.With(known.Overrides).Options).ToArray();
            findings.Add(Finding.Ok("overrides", $"{known.Overrides.Count}, revision {known.Revision}"));
            if (halted.Length > 0)
                findings.Add(Finding.Warning("halted", string.Join(", ", halted), "'llmbroker resume DEPLOYMENT' opens it again."));
        }
        catch (BrokerConfigurationException exception)
        {
            findings.AddRange(exception.Faults.Select(fault => Finding.Fault("overrides", fault.ToString(), "Correct it by 'llmbroker config set' or 'unset', or in the file.")));
        }

        foreach (var process in await store.GetProcessesAsync(cancellationToken))
        {
            if (process.Refused is not null)
                findings.Add(Finding.Fault("process", $"{process.Host} ({process.Roles}) goes on with revision {process.Revision}: {string.Join("; ", process.Faults)}", "Correct the faults; it follows by itself."));
            else if (process.Revision != known.Revision)
                findings.Add(Finding.Warning("process", $"{process.Host} ({process.Roles}) is at revision {process.Revision} of {known.Revision}", "It follows within 10 s; look again."));
        }

        return findings;
    }

    private static async Task<bool> IsReadyAsync(ServiceProvider services, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await services.GetRequiredService<ILedgerDatabase>().OpenAsync(cancellationToken);
            return services.GetRequiredService<LedgerMigrator>().GetPending().Count == 0;
        }
        catch (LedgerUnavailableException)
        {
            return false;
        }
    }

    private static IEnumerable<string> HaltedLanes(BrokerOptions options) =>
        from deployment in options.Deployments
        from lane in Messaging.Lane.All
        where deployment.Value.Lanes.Of(lane) != LaneState.Open
        select $"{deployment.Key}.{lane} is {deployment.Value.Lanes.Of(lane)}";
}
