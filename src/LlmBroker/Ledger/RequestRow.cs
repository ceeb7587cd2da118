using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Routing;

namespace LlmBroker.Ledger;

internal static class RequestRow
{
    public static string? WriteFallbacks(Route? route) => route is null || route.Fallbacks.Count == 0
        ? null
        : StoredText.CleanJson(JsonSerializer.Serialize(route.Fallbacks, LedgerJson.Default.IReadOnlyListString));

    public static string? WriteDecision(Acceptance acceptance) => WriteDecision(acceptance.Decision);

    public static string? WriteDecision(Decision? decision) => decision is null ? null : StoredText.CleanJson(decision.ToJson());
}
