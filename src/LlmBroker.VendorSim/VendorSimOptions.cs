using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation;

/// <summary>How to start a <see cref="VendorSim"/>.</summary>
public sealed record VendorSimOptions
{
    /// <summary>Where to listen, http only. Default: a free port on loopback.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:0"];

    /// <summary>A models file, watched for changes; not together with <see cref="Models"/>.</summary>
    public string? ModelsFile { get; init; }

    /// <summary>Models to start with; more can be configured later. Default: none.</summary>
    public IReadOnlyList<SimulatedModel> Models { get; init; } = [];

    /// <summary>JSON lines, one for each call, appended; null (the default) keeps the latest calls in memory only.</summary>
    public string? CallLogFile { get; init; }

    /// <summary>Latencies, faults by probability and texts follow from it. Default: 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The clock for latencies, quotas, time stamps and the file watch. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where reports such as a faulty models file go; null (the default) writes none. The caller's to dispose.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }
}
