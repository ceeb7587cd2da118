using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Cli.Submit;

/// <summary>The answer to one line.</summary>
/// <param name="StatusCode">200, as OpenAI writes it.</param>
/// <param name="RequestId">The request's id at the broker.</param>
/// <param name="Body">The OpenAI response object.</param>
internal sealed record OutputResponse(
    [property: JsonPropertyName("status_code")] int StatusCode,
    [property: JsonPropertyName("request_id")] string RequestId,
    JsonElement Body);
