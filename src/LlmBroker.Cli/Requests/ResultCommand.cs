using System.CommandLine;
using System.Text;
using System.Text.Json;
using LlmBroker.Cli.Amqp;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Tenants;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Cli.Requests;

/// <summary><c>llmbroker result</c>: the recorded reply of a request, delivered or not, on the terminal or once more to whom it belongs.</summary>
internal static class ResultCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The request's id." };
    private static readonly Option<int?> Run = new("--run") { Description = "The reply of this run. Default: the newest." };
    private static readonly Option<bool> Body = new("--body") { Description = "Only the OpenAI response object." };
    private static readonly Option<bool> Resend = new("--resend") { Description = "Send the reply again, under its own id, to the addresses on record." };
    private static readonly Option<string?> To = new("--to") { Description = "With --resend: to this queue of the tenant instead." };

    public static Command Create()
    {
        var command = new Command("result", "Print the recorded reply of a request as JSON, or send it again. Exit code 1: it failed, or there is none (yet).")
        {
            Id, Run, Body, Resend, To, SharedOptions.Tenant, SharedOptions.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(To) is not null && !result.GetValue(Resend))
                result.AddError("--to goes with --resend.");
            if (result.GetValue(Run) is < 1)
                result.AddError($"--run is {result.GetValue(Run)}; the first run is 1.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        var ledger = services.GetRequiredService<LedgerQueries>();
        var tenant = arguments.GetRequiredValue(SharedOptions.Tenant);
        var id = arguments.GetRequiredValue(Id);
        var run = arguments.GetValue(Run);
        var outcome = await ledger.GetReplyAsync(tenant, id, run, cancellationToken);
        if (outcome is null)
        {
            CommandErrors.Report(Missing(tenant, id, run, await ledger.GetStatusAsync(tenant, id, cancellationToken)));
            return ExitCode.Failed;
        }

        if (outcome.Reply is not { } reply)
        {
            var why = services.GetRequiredService<RetentionPolicy>().WhyReplyIsGone(tenant, outcome.SettledAt, TimeProvider.System.GetUtcNow());
            CommandErrors.Report($"Run {outcome.Run} of request '{id}' finished at {CellText.Time(outcome.SettledAt)}; {why}.");
            return ExitCode.Failed;
        }

        if (arguments.GetValue(Resend))
            return await ResendAsync(arguments, services, outcome, reply, cancellationToken);

        Console.Out.WriteLine(arguments.GetValue(Body) && outcome.Failure is null ? BodyOf(reply) : Encoding.UTF8.GetString(reply));
        return outcome.Failure is null ? ExitCode.Success : ExitCode.Failed;
    }

    private static async Task<int> ResendAsync(
        ParseResult arguments, ServiceProvider services, RecordedOutcome outcome, byte[] reply, CancellationToken cancellationToken)
    {
        var tenant = arguments.GetRequiredValue(SharedOptions.Tenant);
        var id = arguments.GetRequiredValue(Id);
        var tenants = new TenantMap(await services.GetRequiredService<TenantStore>().ListAsync(cancellationToken));
        var found = await services.GetRequiredService<LedgerQueries>().GetStatusAsync(tenant, id, cancellationToken);
        var (addresses, fault) = ReplyResend.Choose(id, found.SingleOrDefault()?.Claim, arguments.GetValue(To), tenants.ReplyPrefixOf(tenant));
        if (fault is not null)
            return CommandErrors.Report(fault);

        await using var link = await BrokerLink.OpenAsync(BrokerAccess.Load(arguments, "result"), cancellationToken);
        var sent = new List<(ReplyAddress Address, PublishOutcome Outcome)>();
        foreach (var address in addresses)
            sent.Add((address, await link.PublishAsync(BrokerMessage.Reply(address, outcome, reply), cancellationToken)));

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { requestId = id, outcome.Run, outcome.ReplyId, sent = sent.Select(entry => new { entry.Address.Queue, outcome = entry.Outcome }) });
        else
            foreach (var (address, result) in sent)
                Console.Out.WriteLine($"{address.Queue}: {Explain(result, outcome)}");
        return sent.TrueForAll(entry => entry.Outcome == PublishOutcome.Confirmed) ? ExitCode.Success : ExitCode.Failed;
    }

    private static string Explain(PublishOutcome result, RecordedOutcome outcome) => result switch
    {
        PublishOutcome.Confirmed => $"sent reply {outcome.ReplyId} of run {outcome.Run}",
        PublishOutcome.Unroutable => "that queue is gone; name another with --to",
        PublishOutcome.Rejected => "that queue takes no more at the moment; try again later",
        _ => "the connection to RabbitMQ broke; run the command again",
    };

    private static string Missing(string tenant, string id, int? run, IReadOnlyList<RequestStatus> found) => found switch
    {
        [{ Claim: var claim }] when run < claim.Run => $"Run {run} of request '{id}' has no recorded reply; 'llmbroker result {id}' gives the newest.",
        [{ Claim: var claim }] when run > claim.Run => $"Request '{id}' has no run {run}; its newest is {claim.Run}.",
        [{ Claim: var claim }] => $"Request '{id}' is {claim.State} and has no reply yet; 'llmbroker status {id}' tells more.",
        _ => $"Tenant '{tenant}' has no request '{id}'; check the id, or give --tenant.",
    };

    private static string BodyOf(byte[] reply)
    {
        using var document = JsonDocument.Parse(reply);
        return document.RootElement.GetProperty("body").GetRawText();
    }
}
