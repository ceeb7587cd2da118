using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.HuggingFace;

/// <summary>Hugging Face's errors: a text alone, or, where the refusal has a type, an object as OpenAI's.</summary>
internal static class HuggingFaceErrors
{
    public const string LoadingCode = "model_loading";

    public static Refusal WrongKey() => new(401, null, "Invalid username or password.");

    public static Refusal AccessDenied() => new(
        403, null, "This authentication method does not have sufficient permissions to call Inference Providers on behalf of this user.");

    public static Refusal NotJson() => new(400, null, "Invalid JSON in request body.");

    public static Refusal TooLarge() => new(413, null, "Payload Too Large");

    public static Refusal UnknownChatModel(string name) => new(
        400, "invalid_request_error", $"The requested model '{name}' does not exist", "model", "model_not_found");

    public static Refusal NotAChatModel(string name) => new(
        400, "invalid_request_error", $"The requested model '{name}' is not a chat model", "model", "model_not_supported");

    public static Refusal UnknownModel(string name) => new(404, null, $"Model {name} does not exist");

    public static Refusal NotATaskModel(string name) => new(400, null, $"Model {name} is not supported by provider hf-inference.");

    public static Refusal WrongTask(string name, string actual, string asked) => new(
        400, null, $"Model '{name}' doesn't support task '{asked}'. Supported tasks: '{actual}', got: '{asked}'");

    public static Refusal Missing(string field) => new(400, null, $"Error in `{field}`: field required");

    public static Refusal Invalid(string field, string expected) => new(400, null, $"Error in `{field}`: {expected}");

    public static Refusal UnusedArgument(string name) => new(
        400, null,
        $"The following `model_kwargs` are not used by the model: ['{name}'] (note: typos in the generate arguments will also show up in this list)");

    public static Refusal UnexpectedArgument(string pipeline, string name) => new(
        400, null, $"{pipeline}._sanitize_parameters() got an unexpected keyword argument '{name}'");

    /// <summary>What a model that writes says of an input over its length.</summary>
    public static Refusal IndexOutOfRange() => new(400, null, "index out of range in self");

    /// <summary>What a model that reads says of an input over its length.</summary>
    public static Refusal TensorTooLong(int tokens, int most) => new(
        400, null, $"The size of tensor a ({tokens}) must match the size of tensor b ({most}) at non-singleton dimension 1");

    public static Refusal ContextTooLong(int tokens, int most) => new(
        422, "Input validation error",
        $"Input validation error: `inputs` tokens + `max_new_tokens` must be <= {most}. Given: {tokens} `inputs` tokens and 0 `max_new_tokens`",
        Code: "context_length_exceeded");

    public static Refusal RateLimited(LimitDecision decision) =>
        decision.Exceeded!.Value.Kind == LimitKind.Concurrent
            ? new Refusal(429, null, "Model too busy, unable to get response in less than 60 second(s)") { RetryAfter = decision.RetryAfter }
            : RateLimited(decision.RetryAfter);

    public static Refusal RateLimited(TimeSpan? retryAfter) =>
        new(429, null, "Too Many Requests: you have reached your rate limit.") { RetryAfter = retryAfter };

    public static Refusal CreditsExhausted() => new(
        402, null,
        "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more monthly included credits.");

    public static Refusal ServerError() => new(500, null, "Internal Server Error");

    public static Refusal Unavailable() => new(503, null, "Service Unavailable");

    public static Refusal Loading(string model, TimeSpan? estimated) =>
        new(503, null, $"Model {model} is currently loading", Code: LoadingCode) { RetryAfter = estimated };
}
