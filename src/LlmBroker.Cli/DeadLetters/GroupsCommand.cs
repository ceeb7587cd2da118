using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.DeadLetters;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters groups</c>: how many of each reason, since when, and what they have cost.</summary>
internal static class GroupsCommand
{
    public static Command Create()
    {
        var command = new Command("groups", "How many dead letters there are of each reason.") { ListCommand.State, SharedOptions.Json }.WithFilter();
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var filter = FilterOptions.Read(arguments) with { State = arguments.GetValue(ListCommand.State) ?? DeadLetterState.Open };
        var groups = await services.GetRequiredService<DeadLetterQueries>().GetGroupsAsync(filter, cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(groups);
            return ExitCode.Success;
        }

        if (groups.Count == 0)
        {
            AnsiConsole.WriteLine("No dead letters.");
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("reason").NoWrap())
            .AddColumn(new TableColumn("count").RightAligned().NoWrap())
            .AddColumn(new TableColumn("oldest").NoWrap())
            .AddColumn(new TableColumn("newest").NoWrap())
            .AddColumn(new TableColumn("cost USD").RightAligned().NoWrap())
            .AddColumn("such as");
        foreach (var group in groups)
        {
            table.AddRow(
                group.Reason.ToString(),
                CellText.Count(group.Count),
                CellText.Time(group.Oldest),
                CellText.Time(group.Newest),
                CellText.Money(group.CostUsd) + (group.UnknownCosts == 0 ? "" : $" + {CellText.Count(group.UnknownCosts)} unknown"),
                Markup.Escape(group.SampleError));
        }

        AnsiConsole.Write(table);
        return ExitCode.Success;
    }
}
