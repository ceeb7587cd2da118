namespace LlmBroker.Simulation.Calls;

/// <summary>How much of the answer reaches the client.</summary>
internal enum Delivery
{
    Unknown = 0,
    Whole,
    HalfBody,
    HeadersThenReset,
    Reset,
    Never,
}
