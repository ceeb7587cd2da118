using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace LlmBroker.Cli.Serve;

/// <summary><c>llmbroker migrate</c>: brings the ledger's schema up to date.</summary>
internal static class MigrateCommand
{
    public static Command Create()
    {
        var command = new Command("migrate", "Bring the ledger's schema up to date.");
        command.SetAction(RunAsync);
        return command;
    }

    private static Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken) => throw new NotSupportedException();
}
