namespace LlmBroker.Cli.Submit;

/// <summary>Where to find a line again that waits for its reply, so that its text need not stay in memory.</summary>
internal readonly record struct InFlightLine(int Number, long Offset, int Length);
