using System.Globalization;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.OpenAi;

/// <summary>OpenAI's errors in its own words, for clients that tell them apart by code, type and, unwisely, text.</summary>
internal static class OpenAiErrors
{
    private const string Invalid = "invalid_request_error";

    public static Refusal MissingKey() => new(
        401, Invalid,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        + "(i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.");

    public static Refusal WrongKey(string key) => new(
        401, Invalid,
        $"Incorrect API key provided: {Mask(key)}. You can find your API key at https://platform.openai.com/account/api-keys.",
        Code: "invalid_api_key");

    public static Refusal UnsupportedContentType(string? type) => new(
        400, Invalid,
        $"Unsupported content type: '{type}'. This API method only accepts 'application/json' requests, but you specified the header "
        + $"'Content-Type: {type}'. Please try again with a supported content type.",
        Code: "unsupported_content_type");

    public static Refusal NotJson() => new(
        400, Invalid,
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. "
        + "The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, "
        + "please contact us through our help center at help.openai.com.)");

    public static Refusal TooLarge() => new(413, Invalid, "Request body is too large.", Code: "request_too_large");

    public static Refusal UnknownModel(string name) => new(
        404, Invalid, $"The model `{name}` does not exist or you do not have access to it.", Code: "model_not_found");

    public static Refusal NotAChatModel() => new(
        404, Invalid,
        "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
        Param: "model");

    public static Refusal NotAnEmbeddingModel() => new(403, Invalid, "You are not allowed to generate embeddings from this model");

    public static Refusal Streaming() => new(
        400, Invalid, "This is a simulated vendor; it does not stream. Send 'stream': false or leave it out.", Param: "stream", Code: "unsupported_value");

    public static Refusal UnrecognizedArguments(IReadOnlyCollection<string> names) => new(
        400, Invalid, $"Unrecognized request argument{(names.Count == 1 ? "" : "s")} supplied: {string.Join(", ", names)}");

    public static Refusal UnknownParameter(string param) => new(400, Invalid, $"Unknown parameter: '{param}'.", param, "unknown_parameter");

    public static Refusal Missing(string param) => new(400, Invalid, $"Missing required parameter: '{param}'.", param, "missing_required_parameter");

    public static Refusal MissingModel() => new(400, Invalid, "you must provide a model parameter");

    public static Refusal WrongType(string param, string expected, string got) => new(
        400, Invalid, $"Invalid type for '{param}': expected {expected}, but got {got} instead.", param, "invalid_type");

    public static Refusal WrongValue(string param, string value, string supported) => new(
        400, Invalid, $"Invalid value: '{value}'. Supported values are: {supported}.", param, "invalid_value");

    public static Refusal NotAllowed(string param, string message) => new(400, Invalid, message, param, "invalid_value");

    public static Refusal EmptyArray(string param) => new(
        400, Invalid,
        $"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        param, "empty_array");

    public static Refusal LongArray(string param, int most, int got) => new(
        400, Invalid,
        $"Invalid '{param}': array too long. Expected an array with maximum length {most}, but got an array with length {got} instead.",
        param, "array_above_max_length");

    public static Refusal BelowMinimum(string param, string kind, double least, string got) => new(
        400, Invalid,
        string.Create(CultureInfo.InvariantCulture, $"Invalid '{param}': {kind} below minimum value. Expected a value >= {least}, but got {got} instead."),
        param, $"{kind}_below_min_value");

    public static Refusal AboveMaximum(string param, string kind, double most, string got) => new(
        400, Invalid,
        string.Create(CultureInfo.InvariantCulture, $"Invalid '{param}': {kind} above maximum value. Expected a value <= {most}, but got {got} instead."),
        param, $"{kind}_above_max_value");

    public static Refusal WrongPattern(string param, string pattern) => new(
        400, Invalid,
        $"Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '{pattern}'.",
        param, "invalid_value");

    public static Refusal TooManyOutputTokens(string param, int asked, int most) => new(
        400, Invalid,
        $"{param} is too large: {asked}. This model supports at most {most} completion tokens, whereas you provided {asked}.",
        param, "invalid_value");

    public static Refusal ContextTooLong(int window, int tokens) => new(
        400, Invalid,
        $"This model's maximum context length is {window} tokens. However, your messages resulted in {tokens} tokens. "
        + "Please reduce the length of the messages.",
        "messages", "context_length_exceeded");

    public static Refusal ContextTooLong(int window, int tokens, int output) => new(
        400, Invalid,
        $"This model's maximum context length is {window} tokens. However, you requested {tokens + output} tokens "
        + $"({tokens} in the messages, {output} in the completion). Please reduce the length of the messages or completion.",
        "messages", "context_length_exceeded");

    public static Refusal RateLimited(string model, LimitDecision decision)
    {
        var limit = decision.Exceeded!.Value;
        var (name, type) = limit.Kind switch
        {
            LimitKind.Requests => ("requests per min (RPM)", "requests"),
            LimitKind.Tokens => ("tokens per min (TPM)", "tokens"),
            _ => ("concurrent requests", "requests"),
        };
        if (decision.RetryAfter is not { } wait)
        {
            return new Refusal(
                429, type,
                $"Request too large for {model} in organization simulated on {name}: Limit {limit.Limit}, Requested {decision.Requested}. "
                + "The input or output tokens must be reduced in order to run successfully.",
                Code: "rate_limit_exceeded");
        }

        return new Refusal(
            429, type,
            $"Rate limit reached for {model} in organization simulated on {name}: Limit {limit.Limit}, Used {limit.Limit - limit.Remaining}, "
            + $"Requested {decision.Requested}. Please try again in {GoDuration.Format(wait)}.",
            Code: "rate_limit_exceeded")
        { RetryAfter = wait };
    }

    public static Refusal RateLimited(string model, double? retryAfterSeconds) => new(
        429, "requests", $"Rate limit reached for {model} in organization simulated on requests per min (RPM).", Code: "rate_limit_exceeded")
    { RetryAfter = retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null };

    public static Refusal QuotaExhausted() => new(
        429, "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: "
        + "https://platform.openai.com/docs/guides/error-codes/api-errors.",
        Code: "insufficient_quota");

    public static Refusal ServerError() => new(500, "server_error", "The server had an error while processing your request. Sorry about that!");

    public static Refusal Unavailable() => new(503, "server_error", "The engine is currently overloaded, please try again later");

    public static Refusal ContentFilter() => new(
        400, Invalid,
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt: "
        + "https://platform.openai.com/docs/guides/reasoning#advice-on-prompting",
        Code: "invalid_prompt");

    public static Refusal AccessDenied() => new(
        403, "invalid_request_error", "You have insufficient permissions for this operation. Missing scopes: model.request.", Code: "missing_scope");

    public static Refusal UnsupportedParameter(string param, string? insteadUse = null) => new(
        400, Invalid,
        $"Unsupported parameter: '{param}' is not supported with this model.{(insteadUse is null ? "" : $" Use '{insteadUse}' instead.")}",
        param, "unsupported_parameter");

    public static Refusal UnsupportedValue(string param, string value, string supported) => new(
        400, Invalid,
        $"Unsupported value: '{param}' does not support {value} with this model. Only the default ({supported}) value is supported.",
        param, "unsupported_value");

    public static Refusal NotStrict(string what, string param, string? code, IEnumerable<string> path, string fault) => new(
        400, Invalid, $"Invalid schema for {what}: In context=({string.Join(", ", path.Select(part => $"'{part}'"))}), {fault}", param, code);

    public static Refusal UnsupportedImage() => new(
        400, Invalid,
        "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
        Code: "invalid_image_format");

    public static Refusal ImageTooLarge(string param, int length, int most) => new(
        400, Invalid, $"Invalid '{param}': image of {length} bytes is over the maximum of {most} bytes.", param, "image_file_too_large");

    public static Refusal UnknownUrl(string method, string path) => new(404, Invalid, $"Invalid URL ({method} {path})");

    private static string Mask(string key) => key.Length > 12 ? $"{key[..3]}{new string('*', key.Length - 7)}{key[^4..]}" : new string('*', key.Length);
}
