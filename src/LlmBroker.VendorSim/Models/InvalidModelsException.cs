namespace LlmBroker.Simulation.Models;

/// <summary>The models cannot be used; <see cref="Faults"/> has all the reasons, each naming model, field and value.</summary>
public sealed class InvalidModelsException(IReadOnlyList<string> faults)
    : Exception($"The models have {faults.Count} fault(s):{Environment.NewLine}- {string.Join($"{Environment.NewLine}- ", faults)}")
{
    /// <summary>Every fault found, not only the first.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}
