namespace LlmBroker.Routing;

/// <summary>What a classifier says of a request.</summary>
/// <param name="Task">The kind of work; <see cref="TaskKind.Unknown"/> when nothing speaks for any.</param>
/// <param name="Confidence">0 to 1: about the share of predictions like this one that are right. 0 for unknown.</param>
/// <param name="Reason">
/// Why, in a few words that end in the ledger, for example <c>cue:translate * into</c>. It never quotes the prompt
/// and comes from a small set, so that predictions can be counted by it.
/// </param>
public readonly record struct TaskPrediction(TaskKind Task, double Confidence, string Reason);
