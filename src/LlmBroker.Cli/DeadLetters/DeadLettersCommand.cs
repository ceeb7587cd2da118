using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using LlmBroker.Cli.Amqp;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.DeadLetters;

/// <summary><c>llmbroker dead-letters</c>: list, show, redrive, discard.</summary>
internal static class DeadLettersCommand
{
    private static readonly Argument<Guid[]> Ids = new("id") { Description = "Ids of dead letters.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Argument<Guid> Id = new("id") { Description = "Id of a dead letter." };
    private static readonly Option<DeadLetterState?> State = new("--state") { Description = "open, redriven or discarded. Default: open." };
    private static readonly Option<FailureReason?> Reason = new("--reason") { Description = "Only this reason, such as KeyRefused or Exhausted." };
    private static readonly Option<string?> Tenant = new("--tenant") { Description = "Only this tenant's." };
    private static readonly Option<DateTimeOffset?> Since = new("--since") { Description = "An age such as 24h or 7d, or a time.", CustomParser = PointInTime.Parse };
    private static readonly Option<int> Limit = new("--limit") { Description = "At most this many, the newest first.", DefaultValueFactory = _ => 100 };
    private static readonly Option<bool> All = new("--all") { Description = "All open ones that the filter finds." };
    private static readonly Option<bool> Body = new("--body") { Description = "Print the message too; it holds the prompt." };
    private static readonly Option<string> Note = new("--note") { Description = "Why it is discarded.", Required = true };

    public static Command Create()
    {
        var list = new Command("list", "The dead letters, newest first.") { State, Reason, Tenant, Since, Limit, SharedOptions.Json };
        list.SetAction(ListAsync);
        var show = new Command("show", "One dead letter.") { Id, Body, SharedOptions.Json };
        show.SetAction(ShowAsync);
        var redrive = new Command("redrive", "Send dead letters to their workers again, as a new run. Asking twice sends one run.") { Ids, All, Reason, Tenant, Since, Limit, SharedOptions.Json };
        redrive.Validators.Add(NeedIdsOrAll);
        redrive.SetAction(RedriveAsync);
        var discard = new Command("discard", "Close dead letters without another run.") { Ids, Note, SharedOptions.Json };
        discard.SetAction(DiscardAsync);
        return new Command("dead-letters", "What failed and needs an operator.") { list, show, redrive, discard };
    }

    private static void NeedIdsOrAll(CommandResult result)
    {
        if ((result.GetValue(Ids) ?? []).Length == 0 == !result.GetValue(All))
            result.AddError("Give ids, or --all with a filter.");
    }

    private static async Task<int> ListAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = Open(arguments);
        var letters = await services.GetRequiredService<DeadLetterStore>().ListAsync(Filter(arguments, arguments.GetValue(State) ?? DeadLetterState.Open), cancellationToken);
        if (arguments.GetValue(SharedOptions.Json))
        {
            JsonOutput.Print(letters.Select(Document));
            return ExitCode.Success;
        }

        if (letters.Count == 0)
        {
            AnsiConsole.WriteLine("No dead letters.");
            return ExitCode.Success;
        }

        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(new TableColumn("id").NoWrap())
            .AddColumn(new TableColumn("reason").NoWrap())
            .AddColumn("request")
            .AddColumn("error");
        foreach (var stored in letters)
        {
            table.AddRow(
                stored.Letter.Id.ToString(),
                stored.Letter.Reason.ToString(),
                Markup.Escape($"{stored.Letter.Tenant}/{stored.Letter.RequestId}"),
                Markup.Escape(stored.Letter.Error));
        }

        AnsiConsole.Write(table);
        return ExitCode.Success;
    }

    private static async Task<int> ShowAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = Open(arguments);
        var id = arguments.GetValue(Id);
        if (await services.GetRequiredService<DeadLetterStore>().GetAsync(id, cancellationToken) is not { } stored)
            return CommandErrors.Report($"There is no dead letter {id}; 'llmbroker dead-letters list' shows those that there are.");

        JsonOutput.Print(arguments.GetValue(Body) ? new { letter = Document(stored), body = Encoding.UTF8.GetString(stored.Letter.Body.Span) } : Document(stored));
        return ExitCode.Success;
    }

    private static async Task<int> RedriveAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = Open(arguments);
        var store = services.GetRequiredService<DeadLetterStore>();
        var ids = arguments.GetValue(All)
            ? (await store.ListAsync(Filter(arguments, DeadLetterState.Open), cancellationToken)).Select(stored => stored.Letter.Id).ToArray()
            : arguments.GetValue(Ids)!;
        await using var link = await BrokerLink.OpenAsync(BrokerAccess.Load(arguments, "dead-letters"), cancellationToken);
        var results = new List<(Guid Id, RedriveResult Result)>();
        foreach (var id in ids)
        {
            var result = await store.RedriveAsync(id, cancellationToken);
            if (result.State == RedriveState.Redriven)
                await link.PublishOnceAsync(BrokerMessage.Redriven(result), cancellationToken);
            results.Add((id, result));
        }

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(results.Select(entry => new { entry.Id, entry.Result.State, entry.Result.Run }));
        else
            foreach (var (id, result) in results)
                AnsiConsole.WriteLine($"{id}: {Explain(result)}");
        return results.TrueForAll(entry => entry.Result.State == RedriveState.Redriven) ? ExitCode.Success : ExitCode.Failed;
    }

    private static async Task<int> DiscardAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = Open(arguments);
        var store = services.GetRequiredService<DeadLetterStore>();
        var results = new List<(Guid Id, bool Discarded)>();
        foreach (var id in arguments.GetValue(Ids) ?? [])
            results.Add((id, await store.DiscardAsync(id, arguments.GetRequiredValue(Note), cancellationToken)));

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(results.Select(entry => new { entry.Id, entry.Discarded }));
        else
            foreach (var (id, discarded) in results)
                AnsiConsole.WriteLine($"{id}: {(discarded ? "discarded" : "not there, or not open")}");
        return results.TrueForAll(entry => entry.Discarded) ? ExitCode.Success : ExitCode.Failed;
    }

    private static ServiceProvider Open(ParseResult arguments) => LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));

    private static DeadLetterFilter Filter(ParseResult arguments, DeadLetterState state) => new()
    {
        State = state,
        Reason = arguments.GetValue(Reason),
        Tenant = arguments.GetValue(Tenant),
        Since = arguments.GetValue(Since),
        Limit = arguments.GetValue(Limit),
    };

    private static string Explain(RedriveResult result) => result.State switch
    {
        RedriveState.Redriven => result.Run is { } run ? $"sent as run {run}" : $"sent back to {result.Source}",
        RedriveState.NotFound => "there is no such dead letter",
        RedriveState.Discarded => "it was discarded",
        RedriveState.Taken => "it was redriven before, and a worker has taken that run",
        RedriveState.Running => "its request is running or waiting",
        RedriveState.Superseded => "a later run of its request was opened",
        _ => "its body is no request that can be run",
    };

    private static object Document(StoredDeadLetter stored) => new
    {
        stored.Letter.Id,
        stored.Letter.Tenant,
        stored.Letter.RequestId,
        stored.Letter.Run,
        stored.Letter.Reason,
        stored.Letter.Error,
        stored.Letter.Deployment,
        stored.Letter.Lane,
        stored.Letter.Task,
        stored.Letter.Attempts,
        stored.Letter.CostUsd,
        stored.Letter.CreatedAt,
        stored.Letter.Source,
        stored.State,
        stored.StateChangedAt,
        stored.StateNote,
        stored.RedrivenRun,
    };
}
