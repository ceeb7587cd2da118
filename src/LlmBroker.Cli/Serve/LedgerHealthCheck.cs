using LlmBroker.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmBroker.Cli.Serve;

/// <summary>Not ready while nothing can be recorded, since then nothing is taken on.</summary>
internal sealed class LedgerHealthCheck(LedgerWriter ledger, LeaseWatch lease) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            ledger.UnavailableSince is { } since ? HealthCheckResult.Unhealthy($"The ledger's database has been out of reach since {since:O}.")
            : lease.IsLapsed ? HealthCheckResult.Unhealthy("The ledger's database does not answer: this worker's lease cannot be renewed.")
            : HealthCheckResult.Healthy());
}
