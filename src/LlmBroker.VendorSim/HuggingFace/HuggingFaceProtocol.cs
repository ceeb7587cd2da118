using System.Globalization;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.HuggingFace;

/// <summary>Hugging Face's two services behind one key.</summary>
internal sealed class HuggingFaceProtocol : IVendorProtocol
{
    private readonly bool _isChat;

    private HuggingFaceProtocol(bool isChat) => _isChat = isChat;

    /// <summary>The router for chat.</summary>
    public static HuggingFaceProtocol Chat { get; } = new(isChat: true);

    /// <summary>Models for one task.</summary>
    public static HuggingFaceProtocol Tasks { get; } = new(isChat: false);

    public Vendor Vendor => Vendor.HuggingFace;

    public string RequestId(string digits) => $"Root=1-{digits[..8]}-{digits[8..]}";

    public KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys) =>
        KeyCheck.Of(KeyCheck.Bearer(call.Http.Headers), keys, _ => HuggingFaceErrors.WrongKey());

    public Refusal? CheckHeaders(HttpRequest request) => null;

    public Refusal KeyRefused(string key) => HuggingFaceErrors.WrongKey();

    public Refusal NotJson() => HuggingFaceErrors.NotJson();

    public Refusal TooLarge() => HuggingFaceErrors.TooLarge();

    public Refusal UnknownModel(string name) => _isChat ? HuggingFaceErrors.UnknownChatModel(name) : HuggingFaceErrors.UnknownModel(name);

    public Refusal RateLimited(SimulatedModel model, LimitDecision decision) => HuggingFaceErrors.RateLimited(decision);

    public Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request)
    {
        TimeSpan? wait = fault.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return fault.Kind switch
        {
            FaultKind.RateLimited => HuggingFaceErrors.RateLimited(wait),
            FaultKind.QuotaExhausted => HuggingFaceErrors.CreditsExhausted(),
            FaultKind.ServerError => HuggingFaceErrors.ServerError(),
            FaultKind.Unavailable => HuggingFaceErrors.Unavailable(),
            FaultKind.ModelNotReady => HuggingFaceErrors.Loading(model.Name, wait),
            FaultKind.ContextTooLong => TooLong(model, Math.Max(request.Prompt.Tokens, model.ContextWindow + 1)),
            FaultKind.KeyRefused => HuggingFaceErrors.WrongKey(),
            FaultKind.AccessDenied => HuggingFaceErrors.AccessDenied(),
            _ => null,
        };
    }

    /// <summary>In the words of the library that the model runs in.</summary>
    public static Refusal TooLong(SimulatedModel model, int tokens) => model.Task switch
    {
        null => HuggingFaceErrors.ContextTooLong(tokens, model.ContextWindow),
        TextTask.Translation or TextTask.Summarization => HuggingFaceErrors.IndexOutOfRange(),
        _ => HuggingFaceErrors.TensorTooLong(tokens, model.ContextWindow),
    };

    public FinishReason? FaultEnding(FaultKind fault) => null;

    public LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation) => default;

    public string FinishReason(FinishReason finish) => OpenAiProtocol.Instance.FinishReason(finish);

    public byte[] ErrorBody(Refusal refusal, string requestId)
    {
        if (refusal.Type is { } type)
        {
            return JsonSerializer.SerializeToUtf8Bytes(
                new ObjectError(new ErrorBody(refusal.Message, type, refusal.Param, refusal.Code)), HuggingFaceJson.Wire.ObjectError);
        }

        var estimated = refusal.Code == HuggingFaceErrors.LoadingCode ? refusal.RetryAfter?.TotalSeconds : null;
        return JsonSerializer.SerializeToUtf8Bytes(new TextError(refusal.Message) { EstimatedTime = estimated }, HuggingFaceJson.Wire.TextError);
    }

    public void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values)
    {
        headers["x-request-id"] = values.RequestId;
        foreach (var reading in values.Limits)
        {
            // docs/hub/rate-limits: fixed windows of r remaining requests that end in t seconds.
            headers["RateLimit"] = $"\"api\";r={reading.Remaining};t={(int)Math.Ceiling(reading.UntilFull.TotalSeconds)}";
            headers["RateLimit-Policy"] = $"\"fixed window\";\"api\";q={reading.Limit};w=60";
        }

        if (values.RetryAfter is { } wait && values.Refusal?.Code != HuggingFaceErrors.LoadingCode)
            headers["retry-after"] = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (values.Refusal is not null || _isChat)
            return;
        headers["x-compute-type"] = "simulated";
        headers["x-compute-time"] = values.Latency.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        headers["x-compute-characters"] = values.Size.Characters.ToString(CultureInfo.InvariantCulture);
    }
}
