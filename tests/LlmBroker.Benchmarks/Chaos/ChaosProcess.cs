using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.Benchmarks.Chaos;

/// <summary>A .NET process of the run. Whenever it has ended it is started again, until the run is over.</summary>
/// <param name="name">For people.</param>
/// <param name="command">Assembly and arguments.</param>
/// <param name="environment">Asked at each start.</param>
/// <param name="logFile">Takes what it writes, over all starts.</param>
/// <param name="ended">Told of each end that nobody here asked for, with the exit code.</param>
internal sealed class ChaosProcess(
    string name, string[] command, Func<IReadOnlyDictionary<string, string>> environment, string logFile, Action<int> ended) : IAsyncDisposable
{
    private const int NoProcess = 0;

    private static readonly TimeSpan PauseAfterCrash = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource stopping = new();
    private volatile int id;
    private End? asked;
    private Task running = Task.CompletedTask;

    private sealed record End(TimeSpan Away, TaskCompletionSource<int> Done);

    public string Name => name;

    public string LogFile => logFile;

    public void Start() => running = RunAsync();

    /// <summary>kill -9; it is started again after a while, which is not waited for.</summary>
    public Task KillAsync(TimeSpan away) => EndAsync("KILL", away);

    /// <summary>Asks it to end, waits for that, and returns the exit code.</summary>
    public Task<int> TerminateAsync(TimeSpan away) => EndAsync("TERM", away);

    /// <summary>Lets it stand still for a while.</summary>
    public async Task StopAsync(Func<Task> meanwhile)
    {
        int stopped;
        while ((stopped = id) == NoProcess)
            await Task.Delay(PauseAfterCrash, TimeProvider.System);
        await Signal.SendAsync("STOP", [stopped], CancellationToken.None);
        try
        {
            await meanwhile();
        }
        finally
        {
            await Signal.SendAsync("CONT", [stopped], CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        stopping.Dispose();
    }

    private async Task<int> EndAsync(string signal, TimeSpan away)
    {
        var end = new End(away, new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously));
        asked = end;
        var told = NoProcess;
        while (!end.Done.Task.IsCompleted)
        {
            // One that has just ended by itself is followed by another, which is meant then.
            if (id is var alive && alive != NoProcess && alive != told)
                await Signal.SendAsync(signal, [told = alive], CancellationToken.None);
            await Task.WhenAny(end.Done.Task, Task.Delay(PauseAfterCrash, TimeProvider.System));
        }

        return await end.Done.Task;
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            using var started = new ChildServer(["dotnet", .. command], environment(), logFile);
            started.Start();
            id = started.Id;
            try
            {
                var exitCode = await started.WaitForExitAsync(stopping.Token);
                id = NoProcess;
                var pause = PauseAfterCrash;
                if (Interlocked.Exchange(ref asked, null) is { } end)
                {
                    end.Done.SetResult(exitCode);
                    pause = end.Away;
                }
                else
                {
                    ended(exitCode);
                }

                await Task.Delay(pause, TimeProvider.System, stopping.Token);
            }
            catch (OperationCanceledException)
            {
                await started.KillAsync(CancellationToken.None);
            }
        }
    }
}
