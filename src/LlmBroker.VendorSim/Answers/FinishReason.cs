namespace LlmBroker.Simulation.Answers;

internal enum FinishReason
{
    Unknown = 0,
    Stop,
    StopSequence,
    Length,
    ToolCalls,
    Filtered,
}
