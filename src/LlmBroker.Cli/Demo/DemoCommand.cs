using System.CommandLine;
using LlmBroker.Cli.Serve;
using LlmBroker.Simulation;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Demo;

/// <summary><c>llmbroker demo</c>: the whole product in one process, with nothing installed.</summary>
internal static class DemoCommand
{
    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the broker running when the job is done." };

    private static readonly Option<DirectoryInfo?> Out = new("--out") { Description = "Folder for replies and ledger. Default: a new one for temporary files." };

    private static readonly Option<bool> Cascade = new("--cascade") { Description = "Check the answers of the cheap model, and ask the large one where one does not pass. Default: off, as with --no-cascade." };
    private static readonly Option<bool> NoCascade = new("--no-cascade") { Description = "Take the answers of the cheap model as they come." };

    public static Command Create()
    {
        var command = new Command("demo", "Run a mixed job through router, workers and two simulated vendors, in this process alone.") { Keep, Out, Cascade, NoCascade };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Cascade) && result.GetValue(NoCascade))
                result.AddError("Give --cascade or --no-cascade, not both.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var folder = arguments.GetValue(Out) ?? Directory.CreateTempSubdirectory("llmbroker-demo-");
        folder.Create();
        await using var vendors = await VendorSim.StartAsync(
            new VendorSimOptions { Models = DemoVendors.All, CallLogFile = Path.Combine(folder.FullName, "vendor-calls.jsonl") }, cancellationToken);
        var configuration = DemoConfiguration.Write(folder, vendors.Address, BrokerConfigurationLoader.ProviderTypes, arguments.GetValue(Cascade));
        await using var host = BrokerHost.Build(configuration, BrokerRoles.All, "http://127.0.0.1:0", LogLevel.Error);
        await host.StartAsync(cancellationToken);

        var screen = new DemoScreen(AnsiConsole.Console, host.Services.GetRequiredService<TimeProvider>());
        bool allBack;
        using (var run = new DemoRun(host.Services, folder, screen))
            allBack = await run.RunAsync(vendors, cancellationToken);

        screen.Results(folder);
        if (arguments.GetValue(Keep))
        {
            screen.Keeping(host.Urls.First());
            await host.WaitForShutdownAsync(cancellationToken);
        }

        await host.StopAsync(CancellationToken.None);
        return allBack ? ExitCode.Success : ExitCode.Failed;
    }
}
