using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Ledger;

namespace LlmBroker.DeadLetters;

/// <summary>What a redrive changes of a request; null: as it was.</summary>
internal sealed record RedriveEdits
{
    public static readonly RedriveEdits None = new();

    /// <summary>Routes the request again, to this model. Excludes <see cref="Policy"/>.</summary>
    public string? Model { get; init; }

    /// <summary>Routes the request again, by this policy. Excludes <see cref="Model"/>.</summary>
    public string? Policy { get; init; }

    public string? Lane { get; init; }

    /// <summary>The new cap in USD, over all runs.</summary>
    public decimal? MaxCostUsd { get; init; }

    /// <summary>How long the new run may take. Default: as long as the last one.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>An RFC 7396 merge patch of the OpenAI body.</summary>
    public JsonElement? Patch { get; init; }

    public bool IsEmpty => this is { Model: null, Policy: null, Lane: null, MaxCostUsd: null, TimeToLive: null, Patch: null };

    /// <summary>Whether the deployment is to be found anew.</summary>
    public bool Reroutes => this is not { Model: null, Policy: null };

    /// <summary>The same edits have the same text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LedgerJson.Default.RedriveEdits);

    /// <summary>The request with these edits, but for the route, which is the resolver's to decide, and the time, which starts when the run opens.</summary>
    public RunInference ApplyTo(RunInference run) => run with
    {
        Lane = Lane ?? run.Lane,
        MaxCostUsd = MaxCostUsd ?? run.MaxCostUsd,
        Body = Patch is { } patch ? MergePatch.Apply(run.Body.GetValueOrDefault(), patch) : run.Body,
        Deadline = TimeToLive is { } time ? run.AcceptedAt + time : run.Deadline,
    };
}
