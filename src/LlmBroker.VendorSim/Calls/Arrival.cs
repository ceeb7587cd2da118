using System.Buffers;

namespace LlmBroker.Simulation.Calls;

/// <summary>A call before anybody knows who makes it.</summary>
/// <param name="Body">Null when it was too large to be read.</param>
internal readonly record struct Arrival(HttpRequest Http, ReadOnlySequence<byte>? Body, DateTimeOffset At);
