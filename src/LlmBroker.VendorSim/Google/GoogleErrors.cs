using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Google;

/// <summary>
/// Google's errors. A refusal's type is the <c>status</c>; its code is the reason of an <c>ErrorInfo</c>, its parameter the id of an exceeded quota
/// or, for an invalid argument, the field.
/// </summary>
internal static class GoogleErrors
{
    public const string InvalidArgument = "INVALID_ARGUMENT";
    public const string ResourceExhausted = "RESOURCE_EXHAUSTED";

    private const string RequestsPerMinute = "GenerateRequestsPerMinutePerProjectPerModel";
    private const string RequestsPerDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";
    private const string TokensPerMinute = "GenerateContentInputTokensPerModelPerMinute";

    private const string QuotaText =
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: "
        + "https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit.";

    public static Refusal MissingKey() => new(
        403, "PERMISSION_DENIED",
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity "
        + "to call this API.");

    public static Refusal WrongKey() => new(
        400, InvalidArgument, "API key not valid. Please pass a valid API key.", Code: "API_KEY_INVALID");

    public static Refusal WrongToken() => new(
        401, "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
        + "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        Code: "ACCESS_TOKEN_TYPE_UNSUPPORTED");

    public static Refusal MissingToken() => new(
        401, "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
        + "https://developers.google.com/identity/sign-in/web/devconsole-project.",
        Code: "CREDENTIALS_MISSING");

    public static Refusal AccessDenied(string model) => new(
        403, "PERMISSION_DENIED", $"Permission denied on resource '{model}' (or it may not exist).", Code: "IAM_PERMISSION_DENIED");

    public static Refusal NotJson() => new(
        400, InvalidArgument, "Invalid JSON payload received. Unable to parse the body: it is not valid JSON.");

    public static Refusal TooLarge() => new(
        400, InvalidArgument, "Request payload size exceeds the limit: 20971520 bytes.");

    public static Refusal Invalid(string message) => new(400, InvalidArgument, message);

    public static Refusal UnknownName(string name, string at) => new(
        400, InvalidArgument, $"Invalid JSON payload received. Unknown name \"{name}\"{(at.Length > 0 ? $" at '{at}'" : "")}: Cannot find field.", at);

    public static Refusal InvalidValue(string at, string type, string value) => new(
        400, InvalidArgument, $"Invalid value at '{at}' ({type}), {value}", at);

    /// <summary>The backend's own checks have a form of their own.</summary>
    public static Refusal Check(string request, string field, string message) => new(400, InvalidArgument, $"* {request}.{field}: {message}\n");

    public static Refusal UnknownModel(string name, string version) => new(
        404, "NOT_FOUND",
        $"models/{name} is not found for API version {version}, or is not supported for generateContent. Call ListModels to see the list of "
        + "available models and their supported methods.");

    public static Refusal UnknownPublisherModel(string path) => new(
        404, "NOT_FOUND",
        $"Publisher Model `{path}` was not found or your project does not have access to it. Please ensure you are using a valid model version. For more "
        + "information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions");

    public static Refusal NotSupported(string name, string method) => new(
        404, "NOT_FOUND", $"models/{name} is not found for API version v1beta, or is not supported for {method}.");

    public static Refusal ContextTooLong(int tokens, int most) =>
        Invalid($"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({most}).");

    public static Refusal TooManyOutputTokens(int asked, int most) => Invalid(
        $"Unable to submit request because it has a maxOutputTokens value of {asked} but the supported range is from 1 (inclusive) to {most + 1} (exclusive). "
        + "Update the value and try again.");

    public static Refusal RateLimited(LimitDecision decision) =>
        Exhausted(decision.Exceeded!.Value.Kind == LimitKind.Tokens ? TokensPerMinute : RequestsPerMinute, decision.RetryAfter);

    public static Refusal RateLimited(TimeSpan? retryAfter) => Exhausted(RequestsPerMinute, retryAfter);

    public static Refusal QuotaExhausted() => Exhausted(RequestsPerDay, retryAfter: null);

    public static Refusal ServerError() => new(
        500, "INTERNAL", "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting");

    public static Refusal Unavailable() => new(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");

    public static Refusal DeadlineExceeded() => new(
        504, "DEADLINE_EXCEEDED", "The request timed out. Please try again.");

    private static Refusal Exhausted(string quota, TimeSpan? retryAfter) => new(
        429, ResourceExhausted, retryAfter is { } wait ? $"{QuotaText}\nPlease retry in {GoogleDuration.Format(wait)}." : QuotaText, Param: quota)
    { RetryAfter = retryAfter };
}
