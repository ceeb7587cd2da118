using System.CommandLine;
using LlmBroker.Configuration;
using LlmBroker.Savings;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Savings;

/// <summary><c>llmbroker savings</c>: what the choice between cheap and large saved, net of everything, and at what quality.</summary>
internal static class SavingsCommand
{
    private static readonly Option<SavingsDimension> By = new("--by")
    {
        Description = "Sum up by day, task, tenant, policy or model.",
        DefaultValueFactory = _ => SavingsDimension.Task,
    };

    private static readonly Option<DateTimeOffset?> From = new("--from", "--since") { Description = "An age such as 24h or 7d, or a time. Default: 7d.", CustomParser = PointInTime.Parse };
    private static readonly Option<DateTimeOffset?> To = new("--to", "--until") { Description = "The same for the end. Default: now.", CustomParser = PointInTime.Parse };
    private static readonly Option<string?> Tenant = new("--tenant") { Description = "Of this tenant alone. Default: of all." };
    private static readonly Option<string?> Group = new("--group") { Description = "Of this group alone, such as the name of a submitted job." };
    private static readonly Option<bool> Csv = new("--csv") { Description = "Print comma-separated values, money in full, for a spreadsheet." };

    public static Command Create()
    {
        By.AcceptOnlyFromAmong("day", "task", "tenant", "policy", "model");
        var command = new Command("savings", "What the choice between a cheap and a large model saved, net of failures, rejected answers and judges, and at what quality.")
        {
            By, From, To, Tenant, Group, SharedOptions.Json, Csv,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Csv) && result.GetValue(SharedOptions.Json))
                result.AddError("Give --json or --csv, not both.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var now = TimeProvider.System.GetUtcNow();
        var filter = new SavingsFilter
        {
            By = arguments.GetValue(By),
            Since = arguments.GetValue(From) ?? now.AddDays(-7),
            Until = arguments.GetValue(To) ?? now,
            Tenant = arguments.GetValue(Tenant),
            GroupId = arguments.GetValue(Group),
        };
        var report = await services.GetRequiredService<SavingsQueries>().GetAsync(filter, cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { by = Name(filter.By), since = filter.Since, until = filter.Until, report.Rows, report.Total });
        else if (arguments.GetValue(Csv))
            SavingsCsv.Write(Console.Out, Name(filter.By), report);
        else if (report.HasChoices)
            SavingsTable.Write(AnsiConsole.Console, Name(filter.By), report);
        else
            AnsiConsole.WriteLine($"No policy had a choice between two models since {CellText.Time(filter.Since)}; --from 30d looks further back, and a policy with 'cheap' and 'large' gives one.");
        return ExitCode.Success;
    }

    private static string Name(SavingsDimension by) => by.ToString().ToLowerInvariant();
}
