using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Anthropic;

/// <summary>Anthropic's errors in its own words.</summary>
internal static class AnthropicErrors
{
    public static Refusal Invalid(string message) => new(400, "invalid_request_error", message);

    public static Refusal Required(string field) => Invalid($"{field}: Field required");

    public static Refusal WrongType(string field, string expected) => Invalid($"{field}: Input should be {expected}");

    public static Refusal Extra(string field) => Invalid($"{field}: Extra inputs are not permitted");

    public static Refusal MissingKey() => new(401, "authentication_error", "x-api-key header is required");

    public static Refusal WrongKey() => new(401, "authentication_error", "invalid x-api-key");

    public static Refusal WrongToken() => new(401, "authentication_error", "Invalid bearer token");

    public static Refusal TooLarge() => new(413, "request_too_large", "Request exceeds the maximum size");

    public static Refusal UnknownModel(string name) => new(404, "not_found_error", $"model: {name}");

    public static Refusal Streaming() => Invalid("stream: This is a simulated vendor; it does not stream. Send false or leave it out.");

    public static Refusal TooManyOutputTokens(int asked, int most, string model) => Invalid(
        $"max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens for {model}");

    public static Refusal PromptTooLong(int tokens, int most) => Invalid($"prompt is too long: {tokens} tokens > {most} maximum");

    public static Refusal ContextExceeded(int tokens, int output, int window) => Invalid(
        $"input length and `max_tokens` exceed context limit: {tokens} + {output} > {window}, decrease input length or `max_tokens` and try again");

    public static Refusal RateLimited(LimitDecision decision)
    {
        var limit = decision.Exceeded!.Value;
        var message = limit.Kind switch
        {
            LimitKind.Requests => $"This request would exceed your organization's rate limit of {limit.Limit} requests per minute.",
            LimitKind.InputTokens => $"This request would exceed your organization's rate limit of {limit.Limit} input tokens per minute.",
            LimitKind.OutputTokens => $"This request would exceed your organization's rate limit of {limit.Limit} output tokens per minute.",
            _ => "Number of concurrent connections has exceeded your rate limit. Please try again later.",
        };
        return new Refusal(429, "rate_limit_error", message) { RetryAfter = decision.RetryAfter };
    }

    public static Refusal RateLimited(double? retryAfterSeconds) => new(429, "rate_limit_error", "This request would exceed your organization's rate limit.")
    {
        RetryAfter = retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    public static Refusal CreditExhausted() => Invalid(
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.");

    public static Refusal AccessDenied() => new(403, "permission_error", "Your API key does not have permission to use the specified resource.");

    public static Refusal ServerError() => new(500, "api_error", "Internal server error");

    public static Refusal Unavailable() => new(503, "api_error", "Service unavailable");

    public static Refusal Overloaded() => new(529, "overloaded_error", "Overloaded");
}
