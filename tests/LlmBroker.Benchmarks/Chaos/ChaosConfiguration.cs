using System.Text.Json;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>The files from which the processes of a run are configured.</summary>
internal static class ChaosConfiguration
{
    /// <summary>What no answer of a simulated model exceeds, so that an estimate is never below the true cost.</summary>
    private const int MaxOutputTokens = 400;

    /// <param name="deadline">Of a request that brings none.</param>
    public static string Broker(Uri amqp, string database, Uri vendor, TimeSpan deadline) => JsonSerializer.Serialize(new
    {
        rabbitMq = new { uri = amqp },
        ledger = new { postgres = database },
        providers = new
        {
            openai = new { type = "openai", baseUrl = $"{vendor}v1/", apiKey = new { env = "SIM_KEY" } },
            anthropic = new { type = "anthropic", baseUrl = $"{vendor}v1/", apiKey = new { env = "SIM_KEY" } },
        },
        models = ChaosModel.All.ToDictionary(
            model => model.Name,
            model => new { tier = model.Tier, maxOutputTokens = MaxOutputTokens, price = new { input = model.Input, output = model.Output, cacheRead = model.CacheRead } }),
        deployments = ChaosModel.All.ToDictionary(
            model => model.Name,
            model => new
            {
                provider = model.Provider,
                model = model.Name,
                maxConcurrentCalls = 100,
                attemptTimeout = "7s",
                totalTimeout = "20s",
                retryDelay = "200ms",
                maxRetryAfter = "2s",
                breaker = new { minimumThroughput = 40, failureRatio = 0.7, samplingDuration = "5s", breakDuration = "3s" },
            }),
        policies = new { auto = new { cheap = "gpt-mini", large = "claude-large", fallbackModels = new[] { "claude-small" } } },
        routing = new { defaultPolicy = "auto" },
        lanes = new
        {
            interactive = new { defaultDeadline = Text(deadline), patience = "3s" },
            standard = new { defaultDeadline = Text(deadline), patience = "20s" },
            bulk = new { defaultDeadline = Text(deadline), patience = "40s" },
        },
    });

    /// <param name="medianMs">Time to an answer.</param>
    public static string Vendors(int medianMs) => JsonSerializer.Serialize(new
    {
        models = ChaosModel.All.Select(model => new
        {
            name = model.Name,
            vendor = model.Provider,
            maxOutputTokens = MaxOutputTokens,
            latency = new { kind = "lognormal", medianMs, p95Ms = medianMs * 2 },
            tokens = new { outputPerInputToken = 0.5, minOutput = 16, maxOutput = 300, cachedShare = 0.25, reasoning = model.Name == "gpt-large" ? 32 : 0 },
            faults = ChaosMarker.All.Where(marker => marker.IsFor(model)).Select(marker => marker.Fault),
        }),
    });

    private static string Text(TimeSpan time) => $"{time.TotalSeconds:0}s";
}
