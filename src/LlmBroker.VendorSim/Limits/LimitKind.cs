namespace LlmBroker.Simulation.Limits;

internal enum LimitKind
{
    Unknown = 0,
    Requests,
    Tokens,
    InputTokens,
    OutputTokens,
    Concurrent,
}
