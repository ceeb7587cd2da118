using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Bedrock;

internal sealed class BedrockProtocol : IVendorProtocol
{
    public static BedrockProtocol Instance { get; } = new();

    public Vendor Vendor => Vendor.Bedrock;

    public string RequestId(string digits) => Guid.ParseExact(digits, "N").ToString();

    public KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys)
    {
        var headers = call.Http.Headers;
        if (headers.Authorization.ToString().StartsWith(SigV4.Algorithm, StringComparison.Ordinal))
            return SigV4.Check(call, keys);
        // A pair to sign with is none to send.
        var bearer = KeyCheck.Bearer(headers);
        return KeyCheck.Of(
            bearer?.Contains(':', StringComparison.Ordinal) == true ? "" : bearer,
            keys,
            key => key is null ? BedrockErrors.MissingKey() : BedrockErrors.WrongBearerKey());
    }

    public Refusal? CheckHeaders(HttpRequest request) => null;

    public Refusal KeyRefused(string key) => BedrockErrors.AccessDenied();

    public Refusal NotJson() => BedrockErrors.Serialization("Unable to parse the request body: it is not valid JSON");

    public Refusal TooLarge() => BedrockErrors.TooLarge();

    public Refusal UnknownModel(string name) => BedrockErrors.UnknownModel(name);

    public Refusal RateLimited(SimulatedModel model, LimitDecision decision) => BedrockErrors.Throttled(decision);

    public Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request) => fault.Kind switch
    {
        FaultKind.RateLimited => BedrockErrors.Throttled("requests") with
        {
            RetryAfter = fault.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        },
        FaultKind.QuotaExhausted => BedrockErrors.QuotaExhausted(),
        FaultKind.ServerError => BedrockErrors.ServerError(),
        FaultKind.Unavailable => BedrockErrors.Unavailable(),
        FaultKind.ContextTooLong => BedrockErrors.InputTooLong(),
        FaultKind.KeyRefused => BedrockErrors.UnknownAccessKey(),
        FaultKind.AccessDenied => BedrockErrors.AccessDenied(),
        FaultKind.ModelTimeout => BedrockErrors.ModelTimeout(),
        FaultKind.ModelError => BedrockErrors.ModelError(),
        FaultKind.ModelNotReady => BedrockErrors.ModelNotReady(),
        _ => null,
    };

    public FinishReason? FaultEnding(FaultKind fault) => fault switch
    {
        FaultKind.ContentFilter => Answers.FinishReason.Intervened,
        FaultKind.ContentFilterFinish => Answers.FinishReason.Filtered,
        _ => null,
    };

    /// <summary>
    /// "Total input token count + max_tokens" is deducted at the start
    /// (docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html).
    /// </summary>
    public LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation) => new(
        generation.InputTokens - generation.CachedTokens
        + (request.Form is AnswerForm.Embeddings ? 0 : request.MaxOutputTokens ?? generation.OutputTokens),
        0, 0);

    public string FinishReason(FinishReason finish) => finish switch
    {
        Answers.FinishReason.Length => "max_tokens",
        Answers.FinishReason.StopSequence => "stop_sequence",
        Answers.FinishReason.ToolCalls => "tool_use",
        Answers.FinishReason.Filtered => "content_filtered",
        Answers.FinishReason.Intervened => "guardrail_intervened",
        _ => "end_turn",
    };

    public byte[] ErrorBody(Refusal refusal, string requestId) =>
        JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(refusal.Message), BedrockJson.Wire.ErrorBody);

    public void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values)
    {
        headers["x-amzn-RequestId"] = values.RequestId;
        if (values.Refusal is { } refusal)
            headers["x-amzn-ErrorType"] = $"{refusal.Type}:http://internal.amazon.com/coral/com.amazon.bedrock/";
        // No quota headers: Bedrock has none.
        if (values.RetryAfter is { } wait)
            headers["retry-after"] = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (values.Refusal is not null)
            return;
        headers["X-Amzn-Bedrock-Invocation-Latency"] = ((long)values.Latency.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        headers["X-Amzn-Bedrock-Input-Token-Count"] = values.Size.InputTokens.ToString(CultureInfo.InvariantCulture);
        headers["X-Amzn-Bedrock-Output-Token-Count"] = values.Size.OutputTokens.ToString(CultureInfo.InvariantCulture);
    }
}
