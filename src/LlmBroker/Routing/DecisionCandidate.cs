namespace LlmBroker.Routing;

/// <summary>A deployment that could serve a request.</summary>
/// <param name="Deployment">Its name.</param>
/// <param name="Tier"><c>cheap</c> or <c>large</c>.</param>
/// <param name="Note">Why it stands where it does: <c>canary</c>, <c>canary for others</c>, <c>paused</c>, <c>draining</c>, <c>held</c>; null: by the strategy.</param>
internal sealed record DecisionCandidate(string Deployment, string Tier, string? Note);
