using System.Text.Json;

namespace LlmBroker.Simulation.Answers;

/// <param name="Parameters">The schema of its arguments; the element lives as long as the request's document.</param>
internal sealed record OfferedTool(string Name, JsonElement? Parameters);
