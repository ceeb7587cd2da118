using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.Ledger;

/// <summary>How the router decided a run, as it is on record.</summary>
/// <param name="Run">Number of the run.</param>
/// <param name="AcceptedAt">When it was decided.</param>
/// <param name="Lane">Its lane.</param>
/// <param name="PromptTokens">Estimated.</param>
/// <param name="Route">What was decided; null when the request was refused before. Where a cheap answer would have gone is in <paramref name="Decision"/>.</param>
/// <param name="Decision">On what; null when nothing was to be decided.</param>
internal sealed record RecordedDecision(int Run, DateTimeOffset AcceptedAt, string Lane, int PromptTokens, Route? Route, Decision? Decision);
