namespace LlmBroker.Simulation.Answers;

/// <summary>The independent streams of <see cref="Dice"/>; fault number i of a model has <see cref="FirstFault"/> + i.</summary>
internal static class Streams
{
    public const int Latency = 1;
    public const int LatencyAngle = 2;
    public const int Identifier = 3;
    public const int Words = 4;
    public const int FirstFault = 100;
}
