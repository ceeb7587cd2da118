using LlmBroker.Messaging;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmBroker.Cli.Serve;

/// <summary>Not ready while RabbitMQ is away or takes no publishes, since then nothing can be answered.</summary>
internal sealed class RabbitMqHealthCheck(RabbitMqWatch rabbitMq) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            rabbitMq.AwaySince is { } since ? HealthCheckResult.Unhealthy($"RabbitMQ has been out of reach since {since:O}.")
            : rabbitMq.BlockedBecause is { } reason ? HealthCheckResult.Unhealthy($"RabbitMQ has taken no publishes since {rabbitMq.BlockedSince:O}: {reason}.")
            : HealthCheckResult.Healthy());
}
