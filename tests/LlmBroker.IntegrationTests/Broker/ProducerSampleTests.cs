using System.Diagnostics;
using LlmBroker.IntegrationTests.RealParts;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>The producers that people copy, run as they are.</summary>
public sealed class ProducerSampleTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private static string Folder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LlmBroker.sln")))
                folder = folder.Parent;
            return Path.Combine(folder!.FullName, "compose", "producers");
        }
    }

    /// <summary>Debug or Release, as these tests were built: .../bin/Release/net10.0/.</summary>
    private static string BuildConfiguration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    [Theory]
    [InlineData("")]
    [InlineData("--direct")]
    public async Task Python_is_answered(string option)
    {
        Assert.SkipUnless((await RunAsync("/usr/bin/python3", Folder, "-c", "import pika")).ExitCode == 0, "pika is not installed (Debian: python3-pika).");

        await IsAnsweredAsync("/usr/bin/python3", Folder, "producer.py", option);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--direct")]
    public async Task Node_is_answered(string option)
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-producer-");
        try
        {
            foreach (var file in new[] { "producer.mjs", "package.json", "package-lock.json" })
                File.Copy(Path.Combine(Folder, file), Path.Combine(folder.FullName, file));
            var installed = await RunAsync("npm", folder.FullName, "ci", "--silent", "--no-audit", "--no-fund");
            Assert.SkipUnless(installed.ExitCode == 0, $"amqplib cannot be installed: {installed.Errors}");

            await IsAnsweredAsync("node", folder.FullName, "producer.mjs", option);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("--request-client")]
    public Task Stock_MassTransit_is_answered(string option) =>
        IsAnsweredAsync("dotnet", Folder, Path.Combine(Folder, "bin", BuildConfiguration, "net10.0", "Producer.dll"), option);

    private async Task IsAnsweredAsync(string program, string folder, string script, string option)
    {
        Assert.Equal("m0", Broker.Model());
        string[] arguments = option.Length == 0 ? [script, Broker.Amqp.ToString()] : [script, option, Broker.Amqp.ToString()];

        var (exitCode, output, errors) = await RunAsync(program, folder, arguments);

        Assert.True(exitCode == 0, errors);
        Assert.StartsWith("[simulated m0]", output, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken);
        await process.WaitForExitAsync(CancellationToken).WaitAsync(TimeSpan.FromMinutes(2), CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
