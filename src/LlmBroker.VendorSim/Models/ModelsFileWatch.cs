namespace LlmBroker.Simulation.Models;

/// <summary>
/// Puts a changed models file in force. Polls, because change notifications do not cross the mounts of containers. A file that cannot be
/// used is reported, and the models before it go on.
/// </summary>
internal sealed partial class ModelsFileWatch(string path, ModelCatalog catalog, TimeProvider time, ILogger<ModelsFileWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private FileStamp _inForce;
    private FileStamp _seen;

    /// <summary>Why the file as it is now is not in force; null when it is.</summary>
    public string? Fault { get; private set; }

    /// <summary>The first load, whose faults are the caller's to see.</summary>
    public void Load()
    {
        _inForce = _seen = FileStamp.Of(path);
        catalog.ReplaceAll(ModelsReader.ReadAll(File.ReadAllBytes(path)));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private void Look()
    {
        var stamp = FileStamp.Of(path);
        // Unchanged since the last look: an editor that is still writing is not read half-way.
        var isSettled = stamp == _seen;
        _seen = stamp;
        if (!isSettled || stamp == _inForce)
            return;

        _inForce = stamp;
        try
        {
            var models = ModelsReader.ReadAll(File.ReadAllBytes(path));
            catalog.ReplaceAll(models);
            Fault = null;
            LogReloaded(path, models.Count);
        }
        catch (Exception e) when (e is InvalidModelsException or IOException or UnauthorizedAccessException)
        {
            Fault = e.Message;
            LogRefused(path, e.Message);
        }
    }

    private readonly record struct FileStamp(DateTime WrittenAt, long Length)
    {
        public static FileStamp Of(string path)
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileStamp(file.LastWriteTimeUtc, file.Length) : default;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Path} changed: {Count} models are in force")]
    private partial void LogReloaded(string path, int count);

    [LoggerMessage(2, LogLevel.Error, "{Path} changed, but cannot be used; the models before it go on. {Reason}")]
    private partial void LogRefused(string path, string reason);
}
