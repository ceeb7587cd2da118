using System.Diagnostics;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>Runs a command to its end.</summary>
internal static class Shell
{
    /// <exception cref="InvalidOperationException">The command failed; the message has what it said.</exception>
    public static async Task RunAsync(IEnumerable<string> command, CancellationToken cancellationToken)
    {
        var words = command.ToArray();
        using var process = Process.Start(new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', words)} ended with {process.ExitCode}: {await output}{await error}");
    }
}
