using LlmBroker.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Routing.Prediction;

/// <summary>
/// The routing model in force: that of <c>routing.modelFile</c>, followed while the process runs, or the one that comes with this version. A
/// file that is no model is told of once, and the model in force goes on.
/// </summary>
internal sealed partial class RoutingModelFollower : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly LiveConfiguration live;
    private readonly TimeProvider time;
    private readonly ILogger<RoutingModelFollower> logger;
    private volatile RoutingModel current;
    private (string? Path, DateTime WrittenAt) seen;

    /// <exception cref="InvalidDataException">The configured file is no model.</exception>
    public RoutingModelFollower(LiveConfiguration live, TimeProvider time, ILogger<RoutingModelFollower> logger)
    {
        (this.live, this.time, this.logger) = (live, time, logger);
        seen = Look();
        current = RoutingModelFile.Load(seen.Path);
    }

    public RoutingModel Current => current;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Follow();
        }
        catch (OperationCanceledException)
        {
            // The process stops.
        }
    }

    private void Follow()
    {
        var now = Look();
        if (now == seen)
            return;

        seen = now;
        try
        {
            current = RoutingModelFile.Load(now.Path);
            LogTaken(current.Card.Version);
        }
        catch (InvalidDataException exception)
        {
            LogRefused(current.Card.Version, exception.Message);
        }
    }

    private (string? Path, DateTime WrittenAt) Look() =>
        live.Options.Routing.ModelFile is { } path ? (path, File.GetLastWriteTimeUtc(path)) : (null, default);

    [LoggerMessage(Level = LogLevel.Information, Message = "Routing model {Version} is in force")]
    private partial void LogTaken(string version);

    [LoggerMessage(Level = LogLevel.Error, Message = "Routing model {Version} stays in force: {Fault}")]
    private partial void LogRefused(string version, string fault);
}
