using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Answers;

internal static class LatencyDistribution
{
    // The 95th percentile of the standard normal distribution.
    private const double Z95 = 1.6448536269514722;

    public static TimeSpan Sample(SimulatedLatency latency, Dice dice, long ordinal, int outputTokens)
    {
        var first = latency.Kind switch
        {
            LatencyKind.Uniform => latency.MinMs!.Value + (dice.Roll(Streams.Latency, ordinal) * (latency.MaxMs!.Value - latency.MinMs.Value)),
            LatencyKind.Lognormal => Lognormal(latency.MedianMs!.Value, latency.P95Ms!.Value, dice, ordinal),
            _ => latency.Ms ?? 0,
        };
        return TimeSpan.FromMilliseconds(first + (latency.MsPerOutputToken * outputTokens));
    }

    private static double Lognormal(double median, double p95, Dice dice, long ordinal)
    {
        // Box-Muller; 1 - roll is never 0, whose logarithm does not exist.
        var radius = Math.Sqrt(-2 * Math.Log(1 - dice.Roll(Streams.Latency, ordinal)));
        var normal = radius * Math.Cos(2 * Math.PI * dice.Roll(Streams.LatencyAngle, ordinal));
        return median * Math.Exp(Math.Log(p95 / median) / Z95 * normal);
    }
}
