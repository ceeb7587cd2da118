using System.CommandLine;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Requests;

/// <summary><c>llmbroker status</c>: one request with its attempts, or the progress of a group.</summary>
internal static class StatusCommand
{
    private static readonly Argument<string?> Id = new("id") { Description = "The request's id.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Group = new("--group") { Description = "Progress of all requests of this group." };

    public static Command Create()
    {
        var command = new Command("status", "Where a request is and what it has cost, or how far a group is.") { Id, Group, SharedOptions.Tenant, SharedOptions.Json };
        command.Validators.Add(result =>
        {
            if (string.IsNullOrEmpty(result.GetValue(Id)) == string.IsNullOrEmpty(result.GetValue(Group)))
                result.AddError("Give either the id of a request or --group.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var ledger = services.GetRequiredService<LedgerQueries>();
        var tenant = arguments.GetRequiredValue(SharedOptions.Tenant);
        return arguments.GetValue(Group) is { } group
            ? Print(await ledger.GetGroupProgressAsync(tenant, group, cancellationToken), arguments.GetValue(SharedOptions.Json))
            : Print(await ledger.GetStatusAsync(tenant, arguments.GetValue(Id)!, cancellationToken), tenant, arguments);
    }

    private static int Print(GroupProgress progress, bool json)
    {
        if (json)
        {
            JsonOutput.Print(progress);
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("accepted", "running", "waiting", "completed", "failed", "spent USD");
        table.AddRow(
            CellText.Count(progress.Accepted), CellText.Count(progress.Running), CellText.Count(progress.Waiting), CellText.Count(progress.Completed),
            CellText.Count(progress.Failed), CellText.Money(progress.SpentUsd) + (progress.UnpricedAttempts > 0 ? $" + {progress.UnpricedAttempts} unpriced" : ""));
        AnsiConsole.Write(table);
        return ExitCode.Success;
    }

    private static int Print(IReadOnlyList<RequestStatus> found, string tenant, ParseResult arguments)
    {
        if (found is not [var status])
            return CommandErrors.Report($"Tenant '{tenant}' has no request '{arguments.GetValue(Id)}'; check the id, or give --tenant.");

        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(Document(status));
            return ExitCode.Success;
        }

        var claim = status.Claim;
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Add(grid, "request", $"{claim.Key.Tenant}/{claim.Key.RequestId}, run {claim.Run}");
        Add(grid, "state", State(claim));
        Add(grid, "lane", claim.Lane);
        Add(grid, "route", status.Route?.Reason);
        Add(grid, "waits", claim.Reason);
        Add(grid, "accepted", CellText.Time(claim.AcceptedAt));
        Add(grid, "finished", CellText.Time(claim.FinishedAt));
        Add(grid, "message", status.Message);
        Add(grid, "spent USD", CellText.Money(claim.CostUsd));
        AnsiConsole.Write(grid);
        if (status.Attempts.Count > 0)
            AnsiConsole.Write(Attempts(status.Attempts));
        return ExitCode.Success;
    }

    private static string State(Claim claim) =>
        (claim.Failure is { } failure ? $"{claim.State}: {failure}" : $"{claim.State}") + (claim is { CancelRequested: true, FinishedAt: null } ? ", cancellation asked for" : "");

    private static Table Attempts(IReadOnlyList<AttemptReport> attempts)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("run", "deployment", "started", "status", "error", "tokens in/out", "cost USD", "ms");
        foreach (var attempt in attempts)
        {
            table.AddRow(
                attempt.Run.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(attempt.Deployment),
                CellText.Time(attempt.StartedAt),
                attempt.Status?.ToString() ?? "running",
                Markup.Escape(attempt.Error ?? ""),
                attempt.Usage is { } usage ? $"{CellText.Count(usage.InputTokens + usage.CacheReadTokens + usage.CacheWriteTokens)}/{CellText.Count(usage.OutputTokens)}" : "",
                attempt.Status is null ? "" : CellText.Money(attempt.CostUsd),
                attempt.EndedAt is { } ended ? CellText.Count((long)(ended - attempt.StartedAt).TotalMilliseconds) : "");
        }

        return table;
    }

    private static object Document(RequestStatus status) => new
    {
        status.Claim.Key.Tenant,
        status.Claim.Key.RequestId,
        status.Claim.Run,
        status.Claim.State,
        status.Claim.Lane,
        status.Claim.Deployment,
        status.Claim.GroupId,
        waitsBecause = status.Claim.Reason,
        status.Claim.CancelRequested,
        status.Claim.AcceptedAt,
        status.Claim.FinishedAt,
        status.Claim.Failure,
        status.Message,
        attempts = status.Claim.AttemptsTotal,
        costUsd = status.Claim.CostUsd,
        status.Route,
        calls = status.Attempts,
    };

    private static void Add(Grid grid, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            grid.AddRow(new Text(name, new Style(decoration: Decoration.Dim)), new Text(value));
    }
}
