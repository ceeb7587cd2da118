using System.Diagnostics;
using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests;

/// <summary>The short run of the chaos command, as a process of its own: everything is killed once, and nothing is lost or paid unknowingly.</summary>
public sealed class ChaosTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    /// <summary>The same configuration of the build, beside this project's.</summary>
    private static string Benchmarks => AppContext.BaseDirectory.Replace(
        $"{Path.DirectorySeparatorChar}LlmBroker.IntegrationTests{Path.DirectorySeparatorChar}",
        $"{Path.DirectorySeparatorChar}LlmBroker.Benchmarks{Path.DirectorySeparatorChar}",
        StringComparison.Ordinal);

    [Fact]
    public async Task A_run_in_which_everything_is_killed_breaks_no_guarantee()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && LocalRabbitMq.IsInstalled && LocalPostgres.IsInstalled,
            "The processes of a container cannot be stopped and continued: this needs the packages rabbitmq-server and postgresql.");
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(Benchmarks, "LlmBroker.Benchmarks.dll"), "chaos", "--seed", "20260101", "--requests", "1600", "--kills", "6", "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            using var deadline = new CancellationTokenSource(Patience, TimeProvider.System);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, TestContext.Current.CancellationToken);
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var errors = process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);

            Assert.True(process.ExitCode == 0, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }
}
