using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Models;
using LlmBroker.Providers;
using Polly;

namespace LlmBroker.Inference;

/// <summary>What one delivery of a request has come to; travels through the pipeline in its context. Used by one call at a time.</summary>
internal sealed class RequestProgress(RunInference run, Deployment deployment, decimal? estimatedCostUsd, RunningRequest running)
{
    public static readonly ResiliencePropertyKey<RequestProgress> Key = new("llm.progress");

    public RunInference Run { get; } = run;
    public Deployment Deployment { get; } = deployment;

    /// <summary>Breaks the delivery off: cancelled, past its deadline, or the process stops.</summary>
    public RunningRequest Running { get; } = running;

    public RunKey RunKey { get; } = RunKey.Of(run);
    public Guid ClaimId { get; init; } = Guid.NewGuid();

    /// <summary>What the calls are for; null: to answer the request.</summary>
    public string? Purpose { get; init; }

    /// <summary>Of one call; null when the price is unknown.</summary>
    public decimal? EstimatedCostUsd { get; } = estimatedCostUsd;

    /// <summary>The attempt that may call now; set by <see cref="AttemptRecorder"/>.</summary>
    public Guid AttemptId { get; set; }

    public Spending Spending { get; set; } = Spending.Of(run);

    /// <summary>Attempts of the run, as the ledger counted them at the last start.</summary>
    public int RunAttempts { get; set; }

    /// <summary>The last attempt's end while it waits to be written, with the outcome or with what comes before it.</summary>
    public AttemptEnd? UnwrittenEnd { get; set; }

    /// <summary>The last failure of this delivery.</summary>
    public ProviderResult? LastFailure { get; set; }

    /// <summary>True while the ledger has given this delivery the claim, or may have.</summary>
    public bool HasClaim { get; set; }
}
