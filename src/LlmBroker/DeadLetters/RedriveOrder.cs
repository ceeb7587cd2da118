using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.DeadLetters;

/// <summary>One redrive as it was composed and found to be valid.</summary>
internal sealed record RedriveOrder
{
    /// <summary>Who asks.</summary>
    public required string By { get; init; }

    public RedriveEdits Edits { get; init; } = RedriveEdits.None;

    /// <summary>
    /// The request with its edits and its route; run number and times are set when the run opens. Null: that of the letter as it was, and the
    /// raw message of a letter without a run.
    /// </summary>
    public RunInference? Message { get; init; }

    /// <summary>Estimated tokens of the prompt; null: those of the last run.</summary>
    public int? PromptTokens { get; init; }

    /// <summary>On what the route was decided; null without edits that route: that of the last run.</summary>
    public Decision? Decision { get; init; }
}
