using System.Net;
using LlmBroker.Providers;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class AnthropicErrorsTests
{
    [Theory]
    [InlineData(400, "invalid_request_error", "messages: at least one message is required", ProviderError.BadRequest)]
    [InlineData(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", ProviderError.ContextTooLong)]
    [InlineData(400, "invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000", ProviderError.ContextTooLong)]
    [InlineData(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.", ProviderError.QuotaExhausted)]
    [InlineData(400, "invalid_request_error", "You have reached your specified API usage limits.", ProviderError.QuotaExhausted)]
    [InlineData(400, "invalid_request_error", "Output blocked by content filtering policy", ProviderError.ContentFiltered)]
    [InlineData(422, "invalid_request_error", "x", ProviderError.BadRequest)]
    [InlineData(401, "authentication_error", "invalid x-api-key", ProviderError.KeyRefused)]
    [InlineData(402, "billing_error", "x", ProviderError.QuotaExhausted)]
    [InlineData(403, "permission_error", "x", ProviderError.KeyRefused)]
    [InlineData(404, "not_found_error", "model: claude-x", ProviderError.KeyRefused)]
    [InlineData(409, "conflict_error", "x", ProviderError.ServerError)]
    [InlineData(413, "request_too_large", "x", ProviderError.BadRequest)]
    [InlineData(429, "rate_limit_error", "x", ProviderError.RateLimited)]
    [InlineData(500, "api_error", "x", ProviderError.ServerError)]
    [InlineData(503, "api_error", "x", ProviderError.Overloaded)]
    [InlineData(500, "overloaded_error", "Overloaded", ProviderError.Overloaded)]
    [InlineData(504, "timeout_error", "x", ProviderError.Timeout)]
    [InlineData(529, "overloaded_error", "Overloaded", ProviderError.Overloaded)]
    [InlineData(529, null, null, ProviderError.Overloaded)]
    [InlineData(503, null, null, ProviderError.Overloaded)]
    [InlineData(502, null, null, ProviderError.ServerError)]
    [InlineData(408, null, null, ProviderError.Timeout)]
    [InlineData(401, null, null, ProviderError.KeyRefused)]
    [InlineData(429, null, null, ProviderError.RateLimited)]
    [InlineData(302, null, null, ProviderError.KeyRefused)]
    public async Task CallAsync_classifies_by_the_vendors_type_then_status(int status, string? type, string? message, ProviderError expected)
    {
        var body = System.Text.Json.JsonSerializer.Serialize(new { type = "error", error = new { type, message }, request_id = "req_body" });
        using var provider = ProviderCalls.Anthropic(StubVendor.Answering(body, (HttpStatusCode)status));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(expected, result.Error);
        Assert.Equal(status, result.HttpStatus);
    }

    [Fact]
    public async Task CallAsync_tells_a_spend_limit_from_a_rate_limit()
    {
        using var provider = ProviderCalls.Anthropic(StubVendor.Answering(
            """{"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}""",
            HttpStatusCode.TooManyRequests));

        Assert.Equal(ProviderError.QuotaExhausted, (await provider.CallAsync(ProviderCalls.Hello)).Error);
    }

    [Fact]
    public async Task CallAsync_takes_the_request_id_from_the_header_or_else_from_the_body()
    {
        const string Body = """{"type":"error","error":{"type":"api_error","message":"x"},"request_id":"req_body"}""";
        using var withHeader = ProviderCalls.Anthropic(StubVendor.Answering(Body, HttpStatusCode.InternalServerError, ("request-id", "req_header")));
        using var without = ProviderCalls.Anthropic(StubVendor.Answering(Body, HttpStatusCode.InternalServerError));

        Assert.Equal("req_header", (await withHeader.CallAsync(ProviderCalls.Hello)).VendorRequestId);
        Assert.Equal("req_body", (await without.CallAsync(ProviderCalls.Hello)).VendorRequestId);
    }
}
