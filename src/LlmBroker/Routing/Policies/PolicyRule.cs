using System.Text.Json;
using LlmBroker.Configuration;
using LlmBroker.Models;
using LlmBroker.Providers;

namespace LlmBroker.Routing.Policies;

/// <summary>Whether a rule fits a request. Pure.</summary>
internal static class PolicyRule
{
    /// <summary>The word in <see cref="RuleOptions.Tasks"/> for what the classifier does not know.</summary>
    public const string UnknownTask = "unknown";

    public const string Auto = "auto";

    /// <param name="rule">Of a policy.</param>
    /// <param name="task">Kind of work; null: unknown, or not sure enough.</param>
    /// <param name="question">The request.</param>
    public static bool Fits(RuleOptions rule, string? task, in PolicyQuestion question) =>
        IsAny(rule.Tasks, task ?? UnknownTask)
        && IsAny(rule.From, question.Pair.Source)
        && IsAny(rule.To, question.Pair.Target)
        && IsAny(rule.Tenants, question.Tenant)
        && IsAny(rule.Lanes, question.Lane)
        && question.Prompt.Tokens >= rule.MinPromptTokens
        && (rule.MaxPromptTokens is not { } most || question.Prompt.Tokens <= most)
        && HasMetadata(rule.Metadata, question.Message.Metadata)
        && Needs(rule.Needs, question.Fit.Needs);

    private static bool IsAny(IReadOnlyList<string> wanted, string? actual) => wanted.Count == 0 || (actual is not null && wanted.Contains(actual));

    private static bool HasMetadata(Dictionary<string, string> wanted, JsonElement? metadata)
    {
        foreach (var (name, text) in wanted)
        {
            if (metadata is not { ValueKind: JsonValueKind.Object } members
                || !members.TryGetProperty(name, out var value)
                || !(value.ValueKind == JsonValueKind.String ? value.ValueEquals(text) : value.GetRawText() == text))
                return false;
        }

        return true;
    }

    private static bool Needs(IReadOnlyList<string> wanted, ModelCapabilities actual)
    {
        foreach (var name in wanted)
        {
            if (!CapabilityNames.TryParse(name, out var capability) || !actual.HasFlag(capability))
                return false;
        }

        return true;
    }
}
