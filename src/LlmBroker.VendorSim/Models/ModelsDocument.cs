namespace LlmBroker.Simulation.Models;

/// <summary>The models file as a whole.</summary>
internal sealed record ModelsDocument(IReadOnlyList<SimulatedModel> Models);
