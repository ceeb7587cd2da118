using System.Diagnostics;

namespace LlmBroker.Benchmarks;

/// <summary>A child process under measurement.</summary>
internal sealed class Contender : IAsyncDisposable
{
    private readonly Process process;

    private Contender(Process process) => this.process = process;

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    /// <summary>Starts this executable with other arguments and waits until it says that it is ready.</summary>
    public static Task<Contender> StartAsync(params string[] arguments) => StartAsync(Environment.ProcessPath!, "ready", [typeof(Contender).Assembly.Location, .. arguments]);

    /// <summary>Starts a .NET assembly and waits for a line that holds <paramref name="ready"/>.</summary>
    public static async Task<Contender> StartAsync(string executable, string ready, string[] arguments)
    {
        // Started by its own host the executable takes no path of an assembly.
        var isHost = Path.GetFileNameWithoutExtension(executable) == "dotnet";
        var start = new ProcessStartInfo(isHost ? executable : "dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["SIM_KEY"] = "sim-key";
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains(ready, StringComparison.Ordinal))
                return new Contender(process);
        }

        throw new InvalidOperationException($"'{string.Join(' ', arguments)}' ended before it was ready.");
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
