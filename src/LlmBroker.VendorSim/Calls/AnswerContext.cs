using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Calls;

internal sealed record AnswerContext(SimulatedModel Model, ModelRequest Request, Generation Generation, string Id, DateTimeOffset Now);
