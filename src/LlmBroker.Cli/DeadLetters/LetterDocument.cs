using LlmBroker.DeadLetters;

namespace LlmBroker.Cli.DeadLetters;

/// <summary>Dead letters as JSON, without their messages.</summary>
internal static class LetterDocument
{
    public static object Of(StoredDeadLetter stored) => new
    {
        stored.Letter.Id,
        stored.Letter.Tenant,
        stored.Letter.RequestId,
        stored.Letter.Run,
        stored.Letter.Reason,
        stored.Letter.Error,
        stored.Letter.Deployment,
        stored.Letter.Model,
        stored.Letter.Lane,
        stored.Letter.Task,
        stored.Letter.Attempts,
        stored.Letter.CostUsd,
        stored.Letter.CreatedAt,
        stored.Letter.Source,
        stored.State,
        stored.StateChangedAt,
        stored.StateNote,
        stored.RedrivenRun,
        stored.SentAt,
        stored.Redrives,
    };

    /// <param name="action">What was done.</param>
    /// <param name="withPatch">Whether to show what was patched, which may be prompt text.</param>
    public static object Of(DeadLetterAction action, bool withPatch) => new
    {
        action = action.Kind,
        action.At,
        action.By,
        action.Run,
        edits = action.Edits.IsEmpty
            ? null
            : new
            {
                action.Edits.Model,
                action.Edits.Policy,
                action.Edits.Lane,
                action.Edits.MaxCostUsd,
                action.Edits.TimeToLive,
                isPatched = action.Edits.Patch is not null,
                patch = withPatch ? action.Edits.Patch : null,
            },
        action.Route,
        action.Note,
    };
}
