using System.Net;
using LlmBroker.Providers;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class OpenAiErrorsTests
{
    [Theory]
    [InlineData(400, "invalid_request_error", null, "Missing required parameter: 'messages'.", ProviderError.BadRequest)]
    [InlineData(400, "invalid_request_error", "context_length_exceeded", "x", ProviderError.ContextTooLong)]
    [InlineData(400, "invalid_request_error", "string_above_max_length", "x", ProviderError.ContextTooLong)]
    [InlineData(400, "BadRequestError", "400", "This model's maximum context length is 4096 tokens. However, you requested 5000.", ProviderError.ContextTooLong)]
    [InlineData(403, "invalid_request_error", null, "You are not allowed to generate embeddings from this model", ProviderError.Unsupported)]
    [InlineData(403, "invalid_request_error", null, "You are not allowed to sample from this model", ProviderError.KeyRefused)]
    [InlineData(404, "invalid_request_error", null, "This is not a chat model and thus not supported in the v1/chat/completions endpoint.", ProviderError.Unsupported)]
    [InlineData(413, null, null, "prompt is too long", ProviderError.ContextTooLong)]
    [InlineData(400, "exceed_context_size_error", "400", "x", ProviderError.ContextTooLong)]
    [InlineData(400, null, "content_filter", "The response was filtered", ProviderError.ContentFiltered)]
    [InlineData(400, "invalid_request_error", "content_policy_violation", "x", ProviderError.ContentFiltered)]
    [InlineData(400, "invalid_request_error", "invalid_prompt", "x", ProviderError.ContentFiltered)]
    [InlineData(400, "invalid_request_error", "model_not_found", "x", ProviderError.KeyRefused)]
    [InlineData(401, "invalid_request_error", "invalid_api_key", "x", ProviderError.KeyRefused)]
    [InlineData(401, null, null, null, ProviderError.KeyRefused)]
    [InlineData(402, null, null, "Insufficient Balance", ProviderError.QuotaExhausted)]
    [InlineData(403, null, "unsupported_country_region_territory", "x", ProviderError.KeyRefused)]
    [InlineData(403, null, null, null, ProviderError.KeyRefused)]
    [InlineData(404, "invalid_request_error", "model_not_found", "x", ProviderError.KeyRefused)]
    [InlineData(404, null, null, null, ProviderError.KeyRefused)]
    [InlineData(405, null, null, null, ProviderError.KeyRefused)]
    [InlineData(408, null, null, null, ProviderError.Timeout)]
    [InlineData(409, null, null, null, ProviderError.ServerError)]
    [InlineData(413, null, null, null, ProviderError.BadRequest)]
    [InlineData(422, null, null, null, ProviderError.BadRequest)]
    [InlineData(425, null, null, null, ProviderError.ServerError)]
    [InlineData(429, "tokens", "rate_limit_exceeded", "Rate limit reached for gpt", ProviderError.RateLimited)]
    [InlineData(429, "tokens", "rate_limit_exceeded", "Request too large for gpt-4o on tokens per min (TPM): Limit 1, Requested 2.", ProviderError.QuotaExhausted)]
    [InlineData(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota", ProviderError.QuotaExhausted)]
    [InlineData(429, "billing_not_active", null, "x", ProviderError.QuotaExhausted)]
    [InlineData(400, "invalid_request_error", "billing_hard_limit_reached", "x", ProviderError.QuotaExhausted)]
    [InlineData(429, "engine_overloaded_error", null, "x", ProviderError.Overloaded)]
    [InlineData(429, null, null, null, ProviderError.RateLimited)]
    [InlineData(500, "server_error", null, "x", ProviderError.ServerError)]
    [InlineData(502, null, null, null, ProviderError.ServerError)]
    [InlineData(503, "slow_down", null, "x", ProviderError.Overloaded)]
    [InlineData(503, null, null, null, ProviderError.Overloaded)]
    [InlineData(504, null, null, null, ProviderError.Timeout)]
    [InlineData(529, null, null, null, ProviderError.Overloaded)]
    [InlineData(307, null, null, null, ProviderError.KeyRefused)]
    public async Task CallAsync_classifies_by_the_vendors_code_then_words_then_status(
        int status, string? type, string? code, string? message, ProviderError expected)
    {
        var body = System.Text.Json.JsonSerializer.Serialize(new { error = new { message, type, param = (string?)null, code } });
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(body, (HttpStatusCode)status));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(expected, result.Error);
        Assert.Equal(status, result.HttpStatus);
        Assert.StartsWith($"HTTP {status}", result.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"object":"error","message":"maximum context length","type":"BadRequestError","code":400}""", ProviderError.ContextTooLong)]
    [InlineData("""{"error":{"code":"x","message":"m","innererror":{"code":"ResponsibleAIPolicyViolation"}}}""", ProviderError.ContentFiltered)]
    [InlineData("""{"error":"plain words"}""", ProviderError.BadRequest)]
    [InlineData("""{"detail":"Not good"}""", ProviderError.BadRequest)]
    [InlineData("""{"error":7}""", ProviderError.BadRequest)]
    [InlineData("""{"error":{"message":"\ud800"}}""", ProviderError.BadRequest)]
    [InlineData("<html><body>Bad</body></html>", ProviderError.BadRequest)]
    [InlineData("", ProviderError.BadRequest)]
    public async Task CallAsync_understands_error_bodies_of_compatible_servers(string body, ProviderError expected)
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering(body, HttpStatusCode.BadRequest));

        Assert.Equal(expected, (await provider.CallAsync(ProviderCalls.Hello)).Error);
    }
}
