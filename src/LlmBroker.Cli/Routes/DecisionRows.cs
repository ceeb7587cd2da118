using System.Globalization;
using LlmBroker.Contracts;
using LlmBroker.Routing;
using Spectre.Console;
using Route = LlmBroker.Contracts.Route;

namespace LlmBroker.Cli.Routes;

/// <summary>The rows of <c>route explain</c> that say where a request goes, who else could have served it, and why.</summary>
internal static class DecisionRows
{
    public static void Add(Table table, Route route, Decision? decision)
    {
        table.AddRow("route", Markup.Escape($"{route.Deployment} ({route.Model}, {route.Tier})"));
        if (route.Policy is { } policy)
            table.AddRow("policy", Markup.Escape(decision?.Rule is { } rule ? $"{policy}, rule {rule}" : policy));
        if (route is { CheapModel: { } cheap, LargeModel: { } large })
            table.AddRow("choice", Markup.Escape($"{cheap} (cheap) or {large} (large){(route.Arm is { } arm ? $"; by lot: {arm}" : "")}"));
        if (decision?.Threshold is { } threshold)
            table.AddRow("threshold", string.Create(CultureInfo.InvariantCulture, $"large from a gain of {threshold:0.00} on"));
        if (decision?.Needs is { } needs)
            table.AddRow("needs", Markup.Escape(needs));
        foreach (var candidate in decision?.Candidates ?? [])
            table.AddRow("candidate", Markup.Escape($"{candidate.Deployment} ({candidate.Tier}{(candidate.Note is { } note ? $", {note}" : "")})"));
        foreach (var (name, why) in decision?.Dropped ?? new Dictionary<string, string>())
            table.AddRow("left out", Markup.Escape($"{name}: {why}"));
        table.AddRow("fallbacks", Markup.Escape(route.Fallbacks.Count == 0 ? "none" : string.Join(", ", route.Fallbacks)));
        if (route.EscalateTo.Count > 0)
            table.AddRow("escalates to", Markup.Escape($"{string.Join(", ", route.EscalateTo)}, when the answer does not pass"));
        table.AddRow("why", Markup.Escape(route.Reason));
    }
}
