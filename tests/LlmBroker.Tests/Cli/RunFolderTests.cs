using System.Diagnostics;
using Xunit;

namespace LlmBroker.Tests.Cli;

public sealed class RunFolderTests
{
    /// <summary>The README's commands name files from the repository's root, and a configuration is looked for where one stands.</summary>
    [Fact]
    public async Task Dotnet_run_leaves_the_command_in_the_folder_where_it_is_called()
    {
        using var msbuild = Process.Start(new ProcessStartInfo("dotnet", ["msbuild", Repository.PathOf("src", "LlmBroker.Cli", "LlmBroker.Cli.csproj"), "-getProperty:RunWorkingDirectory"])
        {
            RedirectStandardOutput = true,
        })!;
        var folder = await msbuild.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await msbuild.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (msbuild.ExitCode, folder.Trim()));
    }
}
