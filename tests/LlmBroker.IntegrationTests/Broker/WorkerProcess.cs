using System.Diagnostics;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A worker as a process of its own, to be stopped, stalled or killed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process process;
    private readonly string configuration;
    private readonly Task<string>? output;

    private WorkerProcess(Process process, string configuration, Task<string>? output)
    {
        this.process = process;
        this.configuration = configuration;
        this.output = output;
    }

    /// <param name="json">Its configuration.</param>
    /// <param name="roles">What it does.</param>
    /// <param name="key">The vendors' key.</param>
    /// <param name="isTalkative">Logs everything, for <see cref="ReadLogAsync"/>.</param>
    /// <param name="crashPoint">Where it kills itself, as <see cref="CrashPoint"/> has it.</param>
    public static WorkerProcess Start(string json, string roles = "worker", string key = "sim-key", bool isTalkative = false, string? crashPoint = null)
    {
        var configuration = Path.GetTempFileName();
        File.WriteAllText(configuration, json);
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "LlmBroker.Cli.dll"), "serve", "--roles", roles, "--urls", "http://127.0.0.1:0", "--config", configuration },
            Environment = { ["SIM_KEY"] = key },
            RedirectStandardOutput = isTalkative,
        };
        if (crashPoint is not null)
            start.Environment[CrashPoint.Variable] = crashPoint;
        if (isTalkative)
        {
            foreach (var category in new[] { "Default", "LlmBroker", "Microsoft", "MassTransit", "System" })
                start.Environment[$"Logging__LogLevel__{category}"] = "Trace";
        }

        var process = Process.Start(start)!;
        return new WorkerProcess(process, configuration, isTalkative ? process.StandardOutput.ReadToEndAsync() : null);
    }

    /// <summary>All that it logged; to be asked when it has ended.</summary>
    public Task<string> ReadLogAsync() => output ?? throw new InvalidOperationException("It was not started as a talkative one.");

    public Task ExitedAsync(CancellationToken cancellationToken) => process.WaitForExitAsync(cancellationToken);

    /// <summary>kill -9.</summary>
    public void Kill() => process.Kill(entireProcessTree: true);

    /// <summary>Stops it in good order and returns its exit code.</summary>
    public async Task<int> TerminateAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("TERM", cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>It does nothing until it is resumed, as in a pause of its machine.</summary>
    public Task StallAsync(CancellationToken cancellationToken) => SignalAsync("STOP", cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => SignalAsync("CONT", cancellationToken);

    private Task SignalAsync(string signal, CancellationToken cancellationToken) =>
        RealParts.Shell.RunAsync(["sh", "-c", $"kill -s {signal} {process.Id}"], cancellationToken);

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.WaitForExit();
        process.Dispose();
        File.Delete(configuration);
    }
}
