using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Azure;

/// <summary>What Azure says where it differs from OpenAI: the gateway's errors have a code and a message, and no type.</summary>
internal static class AzureErrors
{
    public const string ContentFilterCode = "content_filter";

    public static Refusal WrongKey() => new(
        401, null,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a "
        + "correct regional API endpoint for your resource.",
        Code: "401");

    public static Refusal MissingKey() => new(
        401, null,
        "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.", Code: "401");

    public static Refusal WrongToken() => new(
        401, null,
        "The principal's access token is invalid, expired, or not meant for this resource. Audience must be https://cognitiveservices.azure.com.",
        Code: "Unauthorized");

    public static Refusal AccessDenied() => new(
        403, null,
        "The principal lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform "
        + "`POST` operation.",
        Code: "PermissionDenied");

    public static Refusal MissingVersion() => new(404, null, "Resource not found", Code: "404");

    public static Refusal UnsupportedVersion() => new(400, null, "API version not supported", Code: "BadRequest");

    public static Refusal UnknownDeployment() => new(
        404, null,
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
        Code: "DeploymentNotFound");

    public static Refusal RateLimited(LimitDecision decision)
    {
        var limit = decision.Exceeded!.Value.Kind == LimitKind.Tokens ? "token" : "call";
        return RateLimited(limit, decision.RetryAfter);
    }

    /// <param name="limit">token or call.</param>
    public static Refusal RateLimited(string limit, TimeSpan? retryAfter) => new(
        429, null,
        $"Your requests to this deployment have exceeded {limit} rate limit of your current AIServices S0 pricing tier."
        + (retryAfter is { } wait ? $" Please retry after {Math.Ceiling(wait.TotalSeconds)} seconds." : "")
        + " To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.",
        Code: "RateLimitReached")
    { RetryAfter = retryAfter };

    public static Refusal ServerError() => new(500, "server_error", "The server had an error while processing your request. Sorry about that!");

    public static Refusal Unavailable() => new(
        503, null, "The service is temporarily unable to process your request. Please try again later.", Code: "ServiceUnavailable");

    public static Refusal ContentFilter() => new(
        400, null,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. "
        + "To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",
        "prompt", ContentFilterCode);
}
