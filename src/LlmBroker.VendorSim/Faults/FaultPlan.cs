using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Faults;

/// <summary>The faults of one model; armed anew whenever the model is configured.</summary>
internal sealed class FaultPlan(IReadOnlyList<SimulatedFault> faults, Dice dice)
{
    private readonly ArmedFault[] _armed = [.. faults.Select((fault, index) => new ArmedFault(fault, dice, Streams.FirstFault + index))];

    /// <summary>The first fault that fires, and how much slower the call gets; later faults are not asked, so they keep their count.</summary>
    public (SimulatedFault? Fault, TimeSpan Extra) Pick(string transcript)
    {
        var extra = TimeSpan.Zero;
        foreach (var armed in _armed)
        {
            if (!armed.Fires(transcript))
                continue;
            if (armed.Fault.Kind != FaultKind.Slow)
                return (armed.Fault, extra);
            extra += TimeSpan.FromMilliseconds(armed.Fault.ExtraMs ?? 0);
        }

        return (null, extra);
    }
}
