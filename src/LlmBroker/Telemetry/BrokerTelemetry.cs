using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmBroker.Ledger;

namespace LlmBroker.Telemetry;

/// <summary>The one activity source and the one meter. Metric tags are closed sets.</summary>
internal static class BrokerTelemetry
{
    public const string Name = "LlmBroker";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Routed = Meter.CreateCounter<long>("llm.requests.routed", "{request}", "Requests accepted and sent to a deployment.");
    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>("llm.requests.settled", "{request}", "Runs that ended, by outcome.");
    private static readonly Counter<long> Parked = Meter.CreateCounter<long>("llm.requests.parked", "{request}", "Requests that went to a wait queue.");
    private static readonly Counter<long> Verdicts = Meter.CreateCounter<long>("llm.answers.checked", "{answer}", "Answers of cheap models under a cascade, by verdict and by who gave it.");
    private static readonly Counter<long> Escalated = Meter.CreateCounter<long>("llm.requests.escalated", "{request}", "Requests that went on to the large model, by the deployment whose answer was rejected.");
    private static readonly UpDownCounter<long> InFlight = Meter.CreateUpDownCounter<long>("llm.calls.in_flight", "{call}", "Vendor calls under way.");

    /// <summary>Name and unit by OpenTelemetry's GenAI conventions.</summary>
    private static readonly Histogram<double> CallDuration = Meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Duration of vendor calls.");

    private static readonly Counter<long> Tokens = Meter.CreateCounter<long>("llm.tokens", "{token}", "Tokens as the vendors reported them.");

    /// <summary>Starts the span of a delivery as a child of the producer's.</summary>
    public static Activity? StartConsuming(string name, string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent)
            ? Source.StartActivity(name, ActivityKind.Consumer, parent)
            : Source.StartActivity(name, ActivityKind.Consumer);

    public static Activity? StartCall(string deployment, string model, string provider)
    {
        var activity = Source.StartActivity($"chat {model}", ActivityKind.Client);
        activity?.SetTag("gen_ai.request.model", model).SetTag("gen_ai.provider.name", provider).SetTag("llm.deployment", deployment);
        return activity;
    }

    public static string? TraceIdOf(string? traceParent) =>
        Activity.Current?.TraceId.ToHexString()
        ?? (ActivityContext.TryParse(traceParent, null, out var context) ? context.TraceId.ToHexString() : null);

    public static void CountRouted(Acceptance acceptance) =>
        Routed.Add(
            1,
            new("lane", acceptance.Lane),
            new("task", acceptance.Route?.Task ?? "unknown"),
            new("tier", acceptance.Route?.Tier));

    public static void CountSettled(string lane, Contracts.FailureReason? failure) =>
        Outcomes.Add(1, new("lane", lane), new("outcome", failure?.ToString() ?? "Completed"));

    public static void CountParked(string deployment) => Parked.Add(1, new KeyValuePair<string, object?>("deployment", deployment));

    /// <param name="verdict"><c>accepted</c> or <c>rejected</c>.</param>
    /// <param name="by">A validator that is configured, <c>judge</c>, or <c>all</c> who looked.</param>
    public static void CountVerdict(string verdict, string by) => Verdicts.Add(1, new("verdict", verdict), new("by", by));

    public static void CountEscalated(string deployment) => Escalated.Add(1, new KeyValuePair<string, object?>("deployment", deployment));

    public static void CallStarted(string deployment) => InFlight.Add(1, new KeyValuePair<string, object?>("deployment", deployment));

    public static void CallEnded(string deployment, AttemptEnd end)
    {
        InFlight.Add(-1, new KeyValuePair<string, object?>("deployment", deployment));
        CallDuration.Record(end.Latency.TotalSeconds, new("llm.deployment", deployment), new("error.type", end.Error));
        if (end.Usage is not { } usage)
            return;

        Tokens.Add(usage.InputTokens, new("deployment", deployment), new("class", "input"));
        Tokens.Add(usage.CacheReadTokens, new("deployment", deployment), new("class", "cache_read"));
        Tokens.Add(usage.CacheWriteTokens, new("deployment", deployment), new("class", "cache_write"));
        Tokens.Add(usage.OutputTokens, new("deployment", deployment), new("class", "output"));
    }
}
