using System.Diagnostics;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>
/// A server that runs as a process of ours and can be started again after it ended. It does not outlive us, whichever way we
/// end: a watcher in its process group reads from a pipe that only we hold open, and kills the group when that closes.
/// </summary>
internal sealed class ChildServer(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string logFile) : IDisposable
{
    private const string Script = """
        exec 3<&0
        ( read -r _ <&3; kill -s KILL -- -$$ ) >/dev/null 2>&1 &
        log=$1
        shift
        exec "$@" </dev/null >>"$log" 2>&1 3<&-
        """;

    private static readonly TimeSpan PatienceToStop = TimeSpan.FromSeconds(60);

    private Process? process;

    public bool IsStarted => process is not null;

    /// <summary>Of the process that was started.</summary>
    public int Id => process!.Id;

    public void Start()
    {
        Debug.Assert(process is null, "The server was started twice.");
        var start = new ProcessStartInfo("setsid", ["sh", "-c", Script, "sh", logFile, .. command])
        {
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        process = Process.Start(start)!;
    }

    /// <param name="signal">The name of the signal that asks this server to end.</param>
    /// <param name="cancellationToken">Ends the waiting, not the server.</param>
    public async Task StopAsync(string signal, CancellationToken cancellationToken)
    {
        if (process is null)
            return;

        await Signal.SendAsync(signal, [process.Id], cancellationToken);
        await process.WaitForExitAsync(cancellationToken).WaitAsync(PatienceToStop, TimeProvider.System, cancellationToken);
        Forget();
    }

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (process is null)
            return;

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(cancellationToken);
        Forget();
    }

    /// <summary>Waits until it has ended, by itself or by a signal, and returns its exit code: 128 and the number of a signal that ended it.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await process!.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Sends a signal to the server and to the processes that it has started.</summary>
    public Task SignalAllAsync(string signal, CancellationToken cancellationToken) => Shell.RunAsync(
        ["sh", "-c", "kill -s \"$1\" \"$2\" $(ps -o pid= --ppid \"$2\")", "sh", signal, $"{process!.Id}"], cancellationToken);

    public void ThrowIfEnded()
    {
        if (process is not { HasExited: true })
            return;

        var tail = File.Exists(logFile) ? File.ReadLines(logFile).TakeLast(40) : [];
        throw new InvalidOperationException(
            $"{string.Join(' ', command)} ended with {process.ExitCode}:{Environment.NewLine}{string.Join(Environment.NewLine, tail)}");
    }

    public void Dispose() => Forget();

    // Disposing of the process closes its pipe, which ends what is left of the group.
    private void Forget()
    {
        process?.Dispose();
        process = null;
    }
}
