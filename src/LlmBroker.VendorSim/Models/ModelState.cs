using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Faults;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Models;

/// <summary>A configured model with what it remembers between calls.</summary>
internal sealed class ModelState(SimulatedModel model, long seed, ModelLimiter limiter)
{
    private long _calls;

    public SimulatedModel Model => model;

    public Dice Dice { get; } = new(seed, model.Name);

    public FaultPlan Faults { get; } = new(model.Faults, new Dice(seed, model.Name));

    public ModelLimiter Limiter => limiter;

    public long NextOrdinal() => Interlocked.Increment(ref _calls);

    public bool Accepts(string key) => model.ApiKeys.Contains(key);
}
