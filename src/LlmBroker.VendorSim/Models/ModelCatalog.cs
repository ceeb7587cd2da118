using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Models;

/// <summary>
/// The models in force; every change is a new table, so a call sees one or the other. Configuring a model arms its faults anew, while its
/// quota goes on as long as the limits stay the same.
/// </summary>
internal sealed class ModelCatalog(long seed, TimeProvider time)
{
    private readonly Lock _gate = new();
    private volatile Dictionary<string, ModelState> _states = [];

    public IReadOnlyList<SimulatedModel> Models => [.. _states.Values.Select(state => state.Model)];

    public ModelState? Find(string name) => _states.GetValueOrDefault(name);

    public bool AcceptsKey(Vendor vendor, string key)
    {
        foreach (var state in _states.Values)
        {
            if (state.Model.Vendor == vendor && state.Accepts(key))
                return true;
        }

        return false;
    }

    /// <summary>Adds the model or replaces the one of its name.</summary>
    public void Put(SimulatedModel model)
    {
        Validate([model]);
        lock (_gate)
            _states = new Dictionary<string, ModelState>(_states) { [model.Name] = Arm(model) };
    }

    public void ReplaceAll(IReadOnlyList<SimulatedModel> models)
    {
        Validate(models);
        lock (_gate)
            _states = models.ToDictionary(model => model.Name, Arm);
    }

    private static void Validate(IReadOnlyList<SimulatedModel> models)
    {
        var faults = ModelsValidator.Validate(models);
        if (faults.Count > 0)
            throw new InvalidModelsException(faults);
    }

    private ModelState Arm(SimulatedModel model)
    {
        var limiter = Find(model.Name)?.Limiter;
        return new ModelState(model, seed, limiter?.Limits == model.Limits ? limiter : new ModelLimiter(model.Limits, time));
    }
}
