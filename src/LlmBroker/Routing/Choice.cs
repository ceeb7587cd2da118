namespace LlmBroker.Routing;

/// <summary>What a choice among deployments depends on, of one request.</summary>
/// <param name="RequestId">Decides what goes by shares.</param>
/// <param name="Lane">Whose states count.</param>
/// <param name="Patience">A deployment that is held for no longer is waited for.</param>
/// <param name="Prompt">For its cost.</param>
/// <param name="Now">For the price of the day.</param>
internal readonly record struct Choice(string RequestId, string Lane, TimeSpan Patience, Prompt Prompt, DateTimeOffset Now);
