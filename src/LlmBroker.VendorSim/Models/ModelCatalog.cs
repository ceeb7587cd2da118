using System.Collections.Frozen;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Models;

/// <summary>
/// The models in force; every change is a new table, so a call sees one or the other. Configuring a model arms its faults anew, while its
/// quota goes on as long as the limits stay the same.
/// </summary>
internal sealed class ModelCatalog(long seed, TimeProvider time)
{
    private readonly Lock _gate = new();
    private volatile Table _table = new([]);

    public IReadOnlyList<SimulatedModel> Models => [.. _table.States.Values.Select(state => state.Model)];

    public ModelState? Find(string name) => _table.States.GetValueOrDefault(name);

    /// <summary>The keys of all models of a vendor.</summary>
    public IReadOnlySet<string> Keys(Vendor vendor) => _table.Keys.GetValueOrDefault(vendor, FrozenSet<string>.Empty);

    /// <summary>Adds the model or replaces the one of its name.</summary>
    public void Put(SimulatedModel model)
    {
        Validate([model]);
        lock (_gate)
            _table = new Table(new Dictionary<string, ModelState>(_table.States) { [model.Name] = Arm(model) });
    }

    public void ReplaceAll(IReadOnlyList<SimulatedModel> models)
    {
        Validate(models);
        lock (_gate)
            _table = new Table(models.ToDictionary(model => model.Name, Arm));
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

    private sealed class Table(Dictionary<string, ModelState> states)
    {
        public Dictionary<string, ModelState> States => states;

        public Dictionary<Vendor, FrozenSet<string>> Keys { get; } = states.Values
            .GroupBy(state => state.Model.Vendor)
            .ToDictionary(group => group.Key, group => group.SelectMany(state => state.Model.ApiKeys).ToFrozenSet());
    }
}
