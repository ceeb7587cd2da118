namespace LlmBroker.Simulation.Answers;

internal enum ToolChoice
{
    Unknown = 0,
    None,
    Auto,
    Required,
    Named,
}
