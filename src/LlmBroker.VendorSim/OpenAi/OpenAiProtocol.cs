using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;
using Microsoft.Net.Http.Headers;

namespace LlmBroker.Simulation.OpenAi;

internal sealed class OpenAiProtocol : IVendorProtocol
{
    public static OpenAiProtocol Instance { get; } = new();

    public Vendor Vendor => Vendor.OpenAi;

    public string RequestId(string digits) => $"req_{digits}";

    public KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys) => CheckKey(call.Http.Headers, keys);

    public static KeyCheck CheckKey(IHeaderDictionary headers, IReadOnlySet<string> keys) =>
        KeyCheck.Of(KeyCheck.Bearer(headers), keys, key => key is null ? OpenAiErrors.MissingKey() : OpenAiErrors.WrongKey(key));

    public Refusal? CheckHeaders(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            ? null
            : OpenAiErrors.UnsupportedContentType(request.ContentType);

    public Refusal KeyRefused(string key) => OpenAiErrors.WrongKey(key);

    public Refusal NotJson() => OpenAiErrors.NotJson();

    public Refusal TooLarge() => OpenAiErrors.TooLarge();

    public Refusal UnknownModel(string name) => OpenAiErrors.UnknownModel(name);

    public Refusal RateLimited(SimulatedModel model, LimitDecision decision) => OpenAiErrors.RateLimited(model.Name, decision);

    public Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request) => fault.Kind switch
    {
        FaultKind.RateLimited => OpenAiErrors.RateLimited(model.Name, fault.RetryAfterSeconds),
        FaultKind.QuotaExhausted => OpenAiErrors.QuotaExhausted(),
        FaultKind.ServerError => OpenAiErrors.ServerError(),
        FaultKind.Unavailable => OpenAiErrors.Unavailable(),
        FaultKind.ContentFilter => OpenAiErrors.ContentFilter(),
        FaultKind.ContextTooLong => OpenAiErrors.ContextTooLong(model.ContextWindow, Math.Max(request.Prompt.Tokens, model.ContextWindow + 1)),
        FaultKind.KeyRefused => OpenAiErrors.WrongKey(model.ApiKeys[0]),
        FaultKind.AccessDenied => OpenAiErrors.AccessDenied(),
        _ => null,
    };

    public FinishReason? FaultEnding(FaultKind fault) => fault switch
    {
        FaultKind.ContentFilterFinish => Answers.FinishReason.Filtered,
        FaultKind.Refusal => Answers.FinishReason.Refused,
        _ => null,
    };

    /// <summary>
    /// "The maximum of max_tokens and the estimated number of tokens based on the character count of your request"
    /// (platform.openai.com/docs/guides/rate-limits).
    /// </summary>
    public LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation) =>
        new(Math.Max(request.MaxOutputTokens ?? 0, generation.InputTokens), 0, 0);

    public string FinishReason(FinishReason finish) => finish switch
    {
        Answers.FinishReason.Length => "length",
        Answers.FinishReason.ToolCalls => "tool_calls",
        Answers.FinishReason.Filtered => "content_filter",
        _ => "stop",
    };

    public byte[] ErrorBody(Refusal refusal, string requestId) => JsonSerializer.SerializeToUtf8Bytes(
        new ErrorResponse(new ErrorBody(refusal.Message, refusal.Type, refusal.Param, refusal.Code)), OpenAiJson.Wire.ErrorResponse);

    public void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values)
    {
        headers["x-request-id"] = values.RequestId;
        headers["openai-version"] = "2020-10-01";
        headers["openai-organization"] = "simulated";
        headers["openai-processing-ms"] = ((long)values.Latency.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        WriteLimits(headers, values);
    }

    /// <summary>Azure's are the same.</summary>
    public static void WriteLimits(IHeaderDictionary headers, AnswerHeaders values)
    {
        foreach (var reading in values.Limits)
        {
            var name = reading.Kind == LimitKind.Requests ? "requests" : "tokens";
            headers[$"x-ratelimit-limit-{name}"] = reading.Limit.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-remaining-{name}"] = reading.Remaining.ToString(CultureInfo.InvariantCulture);
            headers[$"x-ratelimit-reset-{name}"] = GoDuration.Format(reading.UntilFull);
        }

        if (values.RetryAfter is { } wait)
        {
            headers["retry-after"] = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            headers["retry-after-ms"] = Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }
    }
}
