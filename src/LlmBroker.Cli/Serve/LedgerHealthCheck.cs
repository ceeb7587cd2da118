using LlmBroker.Ledger;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmBroker.Cli.Serve;

/// <summary>Not ready while nothing can be recorded, since then nothing is taken on.</summary>
internal sealed class LedgerHealthCheck(LedgerWriter ledger) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            ledger.IsAvailable
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"The ledger's database has been out of reach since {ledger.UnavailableSince:O}."));
}
