using System.Diagnostics;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>A worker as a process of its own, to be killed.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process process;
    private readonly string configuration;

    private WorkerProcess(Process process, string configuration)
    {
        this.process = process;
        this.configuration = configuration;
    }

    public static WorkerProcess Start(string json)
    {
        var configuration = Path.GetTempFileName();
        File.WriteAllText(configuration, json);
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "LlmBroker.Cli.dll"), "serve", "--roles", "worker", "--urls", "http://127.0.0.1:0", "--config", configuration },
            Environment = { ["SIM_KEY"] = "sim-key" },
        };
        return new WorkerProcess(Process.Start(start)!, configuration);
    }

    /// <summary>kill -9.</summary>
    public void Kill() => process.Kill(entireProcessTree: true);

    public void Dispose()
    {
        if (!process.HasExited)
            Kill();
        process.WaitForExit();
        process.Dispose();
        File.Delete(configuration);
    }
}
