using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

/// <param name="Id">32 hex digits for the answer's own ids.</param>
/// <param name="Latency">What the call is planned to take.</param>
internal sealed record AnswerContext(
    VendorRequest Call, SimulatedModel Model, ModelRequest Request, Generation Generation, string Id, DateTimeOffset Now, TimeSpan Latency);
