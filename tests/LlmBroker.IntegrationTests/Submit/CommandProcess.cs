using System.Diagnostics;
using System.Text;
using LlmBroker.Cli;
using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests.Submit;

/// <summary>The executable as a process of its own.</summary>
internal sealed class CommandProcess : IDisposable
{
    // Far more than any command here takes: a command that never ends fails its test instead of holding up the run.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process process;
    private readonly StringBuilder errors = new();
    private readonly Task<string> output;

    private CommandProcess(Process process)
    {
        this.process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (errors)
                errors.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
        output = process.StandardOutput.ReadToEndAsync();
    }

    /// <param name="rabbitMq">What the configuration names.</param>
    /// <param name="arguments">The command and its arguments.</param>
    public static CommandProcess Start(Uri rabbitMq, params string[] arguments)
    {
        // A run started in the background of a script inherits SIGINT as ignored, and a child that ignores it never
        // hears Ctrl-C; GNU env puts the signal back and then becomes the command, under the same process id.
        string[] command = ["dotnet", typeof(ExitCode).Assembly.Location, .. arguments];
        if (OperatingSystem.IsLinux())
            command = ["env", "--default-signal=INT", .. command];

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["LLMBROKER__RABBITMQ__URI"] = rabbitMq.ToString();
        start.Environment.Remove("LLMBROKER_CONFIG");
        return new CommandProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(Uri rabbitMq, CancellationToken cancellationToken, params string[] arguments)
    {
        using var command = Start(rabbitMq, arguments);
        return await command.EndAsync(cancellationToken);
    }

    public async Task<(int ExitCode, string Output, string Errors)> EndAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        var text = await output;
        lock (errors)
            return (process.ExitCode, text, errors.ToString());
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>As Ctrl-C does.</summary>
    public Task InterruptAsync(CancellationToken cancellationToken) => Shell.RunAsync(["sh", "-c", $"kill -s INT {process.Id}"], cancellationToken);

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
