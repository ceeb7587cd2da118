using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Limits;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>Bedrock's exceptions; a refusal's type is the name of one, as the header <c>x-amzn-ErrorType</c> has it.</summary>
internal static class BedrockErrors
{
    private const string Validation = "ValidationException";

    public static Refusal MissingKey() => new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public static Refusal WrongBearerKey() => new(
        403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.");

    public static Refusal UnknownAccessKey() => new(
        403, "UnrecognizedClientException", "The security token included in the request is invalid.");

    public static Refusal IncompleteSignature(string authorization) => new(
        403, "IncompleteSignatureException",
        $"Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires "
        + $"'SignedHeaders' parameter. (Authorization header has {authorization.Length} characters.)");

    public static Refusal UnsignedHeader(string name) => new(
        403, "InvalidSignatureException",
        name == "host"
            ? "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
            : $"The header '{name}' was present in the request but was not signed.");

    public static Refusal WrongScope(string message) => new(403, "InvalidSignatureException", message);

    public static Refusal SignatureExpired(string signedAt, string now, bool isEarly) => new(
        403, "InvalidSignatureException",
        isEarly
            ? $"Signature not yet current: {signedAt} is still later than {now} (+ 5 min.)"
            : $"Signature expired: {signedAt} is now earlier than {now} (- 5 min.)");

    public static Refusal WrongSignature() => new(
        403, "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
        + "Consult the service documentation for details.");

    public static Refusal AccessDenied() => new(
        403, "AccessDeniedException", "You don't have access to the model with the specified model ID.");

    public static Refusal Serialization(string message) => new(400, "SerializationException", message);

    public static Refusal Invalid(string message) => new(400, Validation, message);

    public static Refusal Constraint(string value, string field, string constraint) => Invalid(
        $"1 validation error detected: Value {value} at '{field}' failed to satisfy constraint: {constraint}");

    public static Refusal Missing(string field) => Constraint("null", field, "Member must not be null");

    public static Refusal TooLarge() => new(413, "RequestEntityTooLargeException", "Request body is too large.");

    public static Refusal UnknownModel(string id) => new(
        404, "ResourceNotFoundException", $"Could not resolve the foundation model from the provided model identifier: {id}");

    public static Refusal InvalidModelId() => Invalid("The provided model identifier is invalid.");

    public static Refusal InputTooLong() => Invalid("Input is too long for requested model.");

    public static Refusal TooManyOutputTokens(int most) => Invalid(
        $"The maximum tokens you requested exceeds the model limit of {most}. Try again with a maximum tokens value that is lower than {most}.");

    /// <param name="limited">What there are too many of.</param>
    public static Refusal Throttled(string limited) => new(429, "ThrottlingException", $"Too many {limited}, please wait before trying again.");

    public static Refusal Throttled(LimitDecision decision) =>
        Throttled(decision.Exceeded!.Value.Kind == LimitKind.Tokens ? "tokens" : "requests");

    public static Refusal QuotaExhausted() => new(
        400, "ServiceQuotaExceededException", "Your request exceeds the service quota for your account.");

    public static Refusal ServerError() => new(
        500, "InternalServerException", "The system encountered an unexpected error during processing. Try your request again.");

    public static Refusal Unavailable() => new(503, "ServiceUnavailableException", "Bedrock is unable to process your request.");

    public static Refusal ModelTimeout() => new(408, "ModelTimeoutException", "Model has timed out in processing the request. Try your request again.");

    public static Refusal ModelError() => new(
        424, "ModelErrorException", "The system encountered an unexpected error during processing. Try your request again.");

    public static Refusal ModelNotReady() => new(
        429, "ModelNotReadyException", "The model is not ready to serve inference requests. Wait and try again.");
}
