using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Inference;

/// <summary>
/// Brings the body of a request that travels by reference. A worker holds one such body for each delivery, so at most prefetch ×
/// <c>limits.maxMessageBytes</c>, and lets go of it with the delivery: what is parked or falls back travels by reference again.
/// </summary>
internal sealed partial class BodyLoader(LedgerQueries ledger, TimeProvider time, ILogger<BodyLoader> logger)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(1);

    /// <summary>The request with its body; null when that is no longer kept. Waits for as long as the ledger is away.</summary>
    public async Task<RunInference?> LoadAsync(RunInference run, CancellationToken cancellationToken)
    {
        if (run.Body is not null)
            return run;
        if (run.BodyRef is not { } reference)
            return null;

        for (var retry = FirstRetry; ; retry = retry * 2 < LastRetry ? retry * 2 : LastRetry)
        {
            try
            {
                return await ledger.GetRequestBodyAsync(run.Tenant, run.RequestId, reference, cancellationToken) is { } body
                    ? run with { Body = JsonElement.Parse(body) }
                    : null;
            }
            catch (LedgerUnavailableException exception)
            {
                // The ledger's writer warns of the outage, once.
                LogWaiting(exception, run.Tenant, run.RequestId);
                await Task.Delay(retry, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Tenant}/{RequestId}: its body cannot be read now; tried again")]
    private partial void LogWaiting(Exception exception, string tenant, string requestId);
}
