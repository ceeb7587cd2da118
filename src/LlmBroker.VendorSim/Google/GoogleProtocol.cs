using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation.Google;

/// <summary>Gemini's protocol at its two addresses, which differ in keys and a few words.</summary>
internal sealed class GoogleProtocol : IVendorProtocol
{
    private GoogleProtocol(bool isVertex) => IsVertex = isVertex;

    /// <summary>The Gemini API, with API keys.</summary>
    public static GoogleProtocol Gemini { get; } = new(isVertex: false);

    /// <summary>Vertex AI, with access tokens.</summary>
    public static GoogleProtocol Vertex { get; } = new(isVertex: true);

    public Vendor Vendor => Vendor.Google;

    public bool IsVertex { get; }

    public string RequestId(string digits) => digits;

    public KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys)
    {
        var request = call.Http;
        if (IsVertex)
        {
            return KeyCheck.Of(
                KeyCheck.Bearer(request.Headers), keys, token => token is null ? GoogleErrors.MissingToken() : GoogleErrors.WrongToken());
        }

        var key = request.Headers["x-goog-api-key"].ToString() is { Length: > 0 } inHeader ? inHeader
            : request.Query["key"].ToString() is { Length: > 0 } inQuery ? inQuery
            : null;
        return KeyCheck.Of(key, keys, presented => presented is null ? GoogleErrors.MissingKey() : GoogleErrors.WrongKey());
    }

    public Refusal? CheckHeaders(HttpRequest request) => null;

    public Refusal KeyRefused(string key) => WrongKey();

    public Refusal NotJson() => GoogleErrors.NotJson();

    public Refusal TooLarge() => GoogleErrors.TooLarge();

    public Refusal UnknownModel(string name) =>
        IsVertex ? GoogleErrors.UnknownPublisherModel($"publishers/google/models/{name}") : GoogleErrors.UnknownModel(name, "v1beta");

    public Refusal RateLimited(SimulatedModel model, LimitDecision decision) => GoogleErrors.RateLimited(decision);

    public Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request) => fault.Kind switch
    {
        FaultKind.RateLimited => GoogleErrors.RateLimited(fault.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        FaultKind.QuotaExhausted => GoogleErrors.QuotaExhausted(),
        FaultKind.ServerError => GoogleErrors.ServerError(),
        FaultKind.Unavailable => GoogleErrors.Unavailable(),
        FaultKind.ModelTimeout => GoogleErrors.DeadlineExceeded(),
        FaultKind.ContextTooLong => GoogleErrors.ContextTooLong(Math.Max(request.Prompt.Tokens, model.ContextWindow + 1), model.ContextWindow),
        FaultKind.KeyRefused => WrongKey(),
        FaultKind.AccessDenied => GoogleErrors.AccessDenied(model.Name),
        _ => null,
    };

    public FinishReason? FaultEnding(FaultKind fault) => fault switch
    {
        FaultKind.ContentFilter => Answers.FinishReason.PromptFiltered,
        FaultKind.ContentFilterFinish => Answers.FinishReason.Filtered,
        FaultKind.Recitation => Answers.FinishReason.Recited,
        _ => null,
    };

    /// <summary>"Tokens per minute (input)" (ai.google.dev/gemini-api/docs/rate-limits).</summary>
    public LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation) => new(generation.InputTokens, 0, 0);

    public string FinishReason(FinishReason finish) => finish switch
    {
        Answers.FinishReason.Length => "MAX_TOKENS",
        Answers.FinishReason.Filtered => "SAFETY",
        Answers.FinishReason.Recited => "RECITATION",
        Answers.FinishReason.PromptFiltered => "PROHIBITED_CONTENT",
        _ => "STOP",
    };

    public byte[] ErrorBody(Refusal refusal, string requestId) => JsonSerializer.SerializeToUtf8Bytes(
        new ErrorResponse(new ErrorBody(refusal.Status, refusal.Message, refusal.Type!) { Details = Details(refusal) }), GoogleJson.Wire.ErrorResponse);

    /// <summary>Google sends neither quota headers nor Retry-After: what there is to know is in the error's details.</summary>
    public void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values)
    {
        headers["server-timing"] = $"gfet4t7; dur={(long)values.Latency.TotalMilliseconds}";
        headers["x-content-type-options"] = "nosniff";
    }

    private Refusal WrongKey() => IsVertex ? GoogleErrors.WrongToken() : GoogleErrors.WrongKey();

    private List<ErrorDetail>? Details(Refusal refusal)
    {
        var details = new List<ErrorDetail>();
        if (refusal.Code is { } reason)
        {
            var service = IsVertex ? "aiplatform.googleapis.com" : "generativelanguage.googleapis.com";
            details.Add(new ErrorInfo(reason, "googleapis.com", new Dictionary<string, string> { ["service"] = service }));
        }

        if (refusal.Type == GoogleErrors.ResourceExhausted && refusal.Param is { } quota)
        {
            details.Add(new QuotaFailure([new QuotaViolation("generativelanguage.googleapis.com/generate_content_requests", quota)]));
            details.Add(new Help([new HelpLink("Learn more about Gemini API quotas", "https://ai.google.dev/gemini-api/docs/rate-limits")]));
        }
        else if (refusal.Param is { } field)
        {
            details.Add(new BadRequest([new FieldViolation(field, refusal.Message)]));
        }

        if (refusal.RetryAfter is { } wait)
            details.Add(new RetryInfo(GoogleDuration.Format(wait)));
        return details.Count > 0 ? details : null;
    }
}
