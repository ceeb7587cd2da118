using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.Azure;

/// <summary>OpenAI's protocol behind Azure's gateway.</summary>
/// <param name="needsVersion">The paths of deployments need <c>api-version</c>; those below <c>/openai/v1</c> do not.</param>
internal sealed partial class AzureProtocol(bool needsVersion) : IVendorProtocol
{
    public static AzureProtocol Deployments { get; } = new(needsVersion: true);

    public static AzureProtocol V1 { get; } = new(needsVersion: false);

    public Vendor Vendor => Vendor.Azure;

    public string RequestId(string digits) => Guid.ParseExact(digits, "N").ToString();

    public KeyCheck CheckKey(Arrival call, IReadOnlySet<string> keys)
    {
        var headers = call.Http.Headers;
        if (headers["api-key"].ToString() is { Length: > 0 } key)
            return KeyCheck.Of(key, keys, _ => AzureErrors.WrongKey());
        return KeyCheck.Of(KeyCheck.Bearer(headers), keys, token => token is null ? AzureErrors.MissingKey() : AzureErrors.WrongToken());
    }

    public Refusal? CheckHeaders(HttpRequest request)
    {
        var version = request.Query["api-version"].ToString();
        if (version.Length == 0)
            return needsVersion ? AzureErrors.MissingVersion() : OpenAiProtocol.Instance.CheckHeaders(request);
        return Version().IsMatch(version) || (!needsVersion && version is "preview" or "v1")
            ? OpenAiProtocol.Instance.CheckHeaders(request)
            : AzureErrors.UnsupportedVersion();
    }

    public Refusal KeyRefused(string key) => AzureErrors.WrongKey();

    public Refusal NotJson() => OpenAiErrors.NotJson();

    public Refusal TooLarge() => OpenAiErrors.TooLarge();

    public Refusal UnknownModel(string name) => AzureErrors.UnknownDeployment();

    public Refusal RateLimited(SimulatedModel model, LimitDecision decision) => AzureErrors.RateLimited(decision);

    public Refusal? FaultRefusal(SimulatedFault fault, SimulatedModel model, ModelRequest request) => fault.Kind switch
    {
        FaultKind.RateLimited => AzureErrors.RateLimited("call", fault.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
        FaultKind.ServerError => AzureErrors.ServerError(),
        FaultKind.Unavailable => AzureErrors.Unavailable(),
        FaultKind.ContentFilter => AzureErrors.ContentFilter(),
        FaultKind.KeyRefused => AzureErrors.WrongKey(),
        FaultKind.AccessDenied => AzureErrors.AccessDenied(),
        _ => OpenAiProtocol.Instance.FaultRefusal(fault, model, request),
    };

    public FinishReason? FaultEnding(FaultKind fault) => OpenAiProtocol.Instance.FaultEnding(fault);

    public LimitCost Cost(SimulatedModel model, ModelRequest request, Generation generation) =>
        OpenAiProtocol.Instance.Cost(model, request, generation);

    public string FinishReason(FinishReason finish) => OpenAiProtocol.Instance.FinishReason(finish);

    public byte[] ErrorBody(Refusal refusal, string requestId)
    {
        var error = new AzureErrorBody(refusal.Code, refusal.Message) { Type = refusal.Type, Param = refusal.Param };
        if (refusal.Code == AzureErrors.ContentFilterCode)
        {
            error = error with
            {
                Status = refusal.Status,
                InnerError = new InnerError("ResponsibleAIPolicyViolation", ContentFilterResults.Prompt(isFiltered: true)),
            };
        }

        return JsonSerializer.SerializeToUtf8Bytes(new AzureErrorResponse(error), AzureJson.Wire.AzureErrorResponse);
    }

    public void WriteHeaders(IHeaderDictionary headers, AnswerHeaders values)
    {
        headers["apim-request-id"] = values.RequestId;
        headers["x-request-id"] = values.RequestId;
        headers["x-ms-region"] = "Simulated";
        headers["azureml-model-time"] = ((long)values.Latency.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        OpenAiProtocol.WriteLimits(headers, values);
    }

    [GeneratedRegex(@"\A20\d\d-\d\d-\d\d(-preview)?\z")]
    private static partial Regex Version();
}
