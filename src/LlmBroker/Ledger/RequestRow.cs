using System.Text.Json;
using LlmBroker.Contracts;

namespace LlmBroker.Ledger;

internal static class RequestRow
{
    public static string? WriteFallbacks(Route? route) => route is null || route.Fallbacks.Count == 0
        ? null
        : StoredText.CleanJson(JsonSerializer.Serialize(route.Fallbacks, LedgerJson.Default.IReadOnlyListString));

    public static string? WriteDecision(Acceptance acceptance) => acceptance.Decision is { } decision ? StoredText.CleanJson(decision.ToJson()) : null;
}
