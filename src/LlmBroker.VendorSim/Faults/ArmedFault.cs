using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Faults;

/// <summary>A configured fault with its count of the calls that it was asked about.</summary>
internal sealed class ArmedFault(SimulatedFault fault, Dice dice, int stream)
{
    private long _asked;

    public SimulatedFault Fault => fault;

    public bool Fires(string transcript)
    {
        if (fault.Marker is { } marker && !transcript.Contains(marker, StringComparison.Ordinal))
            return false;
        var ordinal = Interlocked.Increment(ref _asked);
        if (fault.Next is { } next)
            return ordinal <= next;
        if (fault.Every is { } every)
            return ordinal % every == 0;
        return fault.Probability is not { } probability || dice.Roll(stream, ordinal) < probability;
    }
}
