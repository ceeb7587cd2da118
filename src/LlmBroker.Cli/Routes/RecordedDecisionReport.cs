using System.CommandLine;
using System.Globalization;
using LlmBroker.Configuration;
using LlmBroker.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmBroker.Cli.Routes;

/// <summary><c>llmbroker route explain --request</c>: what the router decided of a request that was published, from the ledger.</summary>
internal static class RecordedDecisionReport
{
    /// <summary>Tenant and id; the id may hold slashes itself.</summary>
    public static (string Tenant, string Id)? Parse(string name) =>
        name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash < name.Length - 1 ? (name[..slash], name[(slash + 1)..]) : null;

    public static async Task<int> RunAsync(ParseResult arguments, string tenant, string id, CancellationToken cancellationToken)
    {
        await using var services = LedgerServices.Open(BrokerConfigurationLoader.Load(arguments, ConfigurationNeeds.Ledger));
        if (await services.GetRequiredService<DecisionQueries>().GetAsync(tenant, id, cancellationToken) is not { } recorded)
            return CommandErrors.Report($"Tenant '{tenant}' has no request '{id}' on record; check both, or look at ledger.retention.usage.");

        if (arguments.GetValue(SharedOptions.Json))
            JsonOutput.Print(new { tenant, requestId = id, recorded.Run, recorded.AcceptedAt, recorded.Lane, recorded.PromptTokens, recorded.Route, recorded.Decision });
        else
            Print(recorded);
        return ExitCode.Success;
    }

    private static void Print(RecordedDecision recorded)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn(new TableColumn("").NoWrap()).AddColumn("");
        table.AddRow("decided", Markup.Escape($"{CellText.Time(recorded.AcceptedAt)}, run {recorded.Run}, lane {recorded.Lane}"));
        table.AddRow("prompt", $"at most {recorded.PromptTokens} tokens");
        if (recorded.Route is { } route)
        {
            table.AddRow("task", Markup.Escape(string.Create(
                CultureInfo.InvariantCulture, $"{route.Task ?? "unknown"}{(route.TaskConfidence is { } sure ? $", {sure:0.00} sure" : "")}")));
            if (route.Gain is { } gain)
                table.AddRow("gain", string.Create(CultureInfo.InvariantCulture, $"{gain:0.00} of the large model over the cheap one, expected"));
            if (route.SourceLanguage is not null || route.TargetLanguage is not null)
                table.AddRow("languages", $"{route.SourceLanguage ?? "not certain"} → {route.TargetLanguage ?? "not certain"}");
            DecisionRows.Add(table, route, recorded.Decision);
        }
        else
        {
            table.AddRow("route", "none: it was refused; 'llmbroker status' tells why");
        }

        AnsiConsole.Write(table);
    }
}
