using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Serve;

/// <summary><c>llmbroker migrate</c>: brings the ledger's schema up to date.</summary>
internal static class MigrateCommand
{
    private static readonly Option<bool> Pending = new("--pending") { Description = "Only list what would be run; exit 1 when there is something." };

    public static Command Create()
    {
        var command = new Command("migrate", "Bring the ledger's schema up to date.") { Pending };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var configuration = BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger);
        await using var services = LedgerServices.Open(configuration);
        var migrator = services.GetRequiredService<LedgerMigrator>();
        if (arguments.GetValue(Pending))
        {
            var pending = migrator.GetPending();
            Print(pending, "Nothing is pending.");
            return pending.Count == 0 ? ExitCode.Success : ExitCode.Failed;
        }

        Print(await migrator.MigrateAsync(cancellationToken), "The schema is up to date.");
        return ExitCode.Success;
    }

    private static void Print(IReadOnlyList<string> scripts, string none)
    {
        foreach (var script in scripts)
            AnsiConsole.WriteLine(script);
        if (scripts.Count == 0)
            AnsiConsole.WriteLine(none);
    }
}
