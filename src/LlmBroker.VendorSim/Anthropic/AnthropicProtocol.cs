using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Anthropic;

internal sealed class AnthropicProtocol : IVendorProtocol
{
    public static AnthropicProtocol Instance { get; } = new();

    public Vendor Vendor => Vendor.Anthropic;

    public string RequestId(string digits) => $"req_{digits}";

    /// <summary>A key may come as a bearer token too: the vendor's newer clients send it so.</summary>
    public KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys)
    {
        var headers = call.Http.Headers;
        if (headers["x-api-key"].ToString() is { Length: > 0 } key)
            return KeyCheck.Of(key, keys, _ => AnthropicErrors.WrongKey());
        return KeyCheck.Of(
            KeyCheck.Bearer(headers), keys, token => token is null ? AnthropicErrors.MissingKey() : AnthropicErrors.WrongToken());
    }

    public Refusal? CheckHeaders(HttpRequest request) => ApiVersion.Check(request);

    public Refusal KeyRefused(string key) => AnthropicErrors.WrongKey();

    public Refusal NotJson() => AnthropicErrors.Invalid("The request body is not valid JSON");

    public Refusal TooLarge() => AnthropicErrors.TooLarge();

    public Refusal UnknownModel(string name) => AnthropicErrors.UnknownModel(name);

    public Refusal RateLimited(SimulatedModel model, LimitDecision decision) => AnthropicErrors.RateLimited(decision);

    public Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request) => fault.Kind switch
    {
        FaultKind.RateLimited => AnthropicErrors.RateLimited(fault.RetryAfterSeconds),
        FaultKind.QuotaExhausted => AnthropicErrors.CreditExhausted(),
        FaultKind.ServerError => AnthropicErrors.ServerError(),
        FaultKind.Unavailable => AnthropicErrors.Unavailable(),
        FaultKind.Overloaded => AnthropicErrors.Overloaded(),
        FaultKind.ContextTooLong => AnthropicErrors.PromptTooLong(Math.Max(request.Prompt.Tokens, model.ContextWindow + 1), model.ContextWindow),
        FaultKind.KeyRefused => AnthropicErrors.WrongKey(),
        FaultKind.AccessDenied => AnthropicErrors.AccessDenied(),
        _ => null,
    };

    public FinishReason? FaultEnding(FaultKind fault) => fault == FaultKind.ContentFilter ? Answers.FinishReason.Filtered : null;

    /// <summary>Input read from the cache is free of the input limit; output counts as generated, not as allowed by <c>max_tokens</c>.</summary>
    public LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation) =>
        new(0, generation.InputTokens - generation.CachedTokens, generation.OutputTokens);

    public string FinishReason(FinishReason finish) => finish switch
    {
        Answers.FinishReason.Length => "max_tokens",
        Answers.FinishReason.StopSequence => "stop_sequence",
        Answers.FinishReason.ToolCalls => "tool_use",
        Answers.FinishReason.Filtered => "refusal",
        _ => "end_turn",
    };

    public byte[] ErrorBody(Refusal refusal, string requestId) => JsonSerializer.SerializeToUtf8Bytes(
        new ErrorResponse("error", new ErrorBody(refusal.Type!, refusal.Message), requestId), AnthropicJson.Wire.ErrorResponse);

    public void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values)
    {
        headers["request-id"] = values.RequestId;
        headers["anthropic-organization-id"] = "simulated";
        foreach (var reading in values.Limits)
        {
            var name = reading.Kind switch
            {
                LimitKind.Requests => "requests",
                LimitKind.InputTokens => "input-tokens",
                _ => "output-tokens",
            };
            headers[$"anthropic-ratelimit-{name}-limit"] = reading.Limit.ToString(CultureInfo.InvariantCulture);
            headers[$"anthropic-ratelimit-{name}-remaining"] = reading.Remaining.ToString(CultureInfo.InvariantCulture);
            // RFC 3339 in whole seconds, rounded up: earlier would be a lie.
            var reset = values.Now + TimeSpan.FromSeconds(Math.Ceiling(reading.UntilFull.TotalSeconds));
            headers[$"anthropic-ratelimit-{name}-reset"] = reset.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        if (values.RetryAfter is { } wait)
            headers["retry-after"] = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }
}
