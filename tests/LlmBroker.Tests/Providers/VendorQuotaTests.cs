using System.Net;
using LlmBroker.Providers;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class VendorQuotaTests
{
    [Fact]
    public async Task OpenAIs_headers_are_read_with_an_answer()
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering("""{"choices":[{}]}""", HttpStatusCode.OK,
            ("x-ratelimit-limit-requests", "500"), ("x-ratelimit-remaining-requests", "499"), ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "30000"), ("x-ratelimit-remaining-tokens", "29000"), ("x-ratelimit-reset-tokens", "1m2s")));

        Assert.Equal(
            new VendorQuota
            {
                RequestLimit = 500,
                RequestsRemaining = 499,
                RequestsResetAfter = TimeSpan.FromMilliseconds(120),
                TokenLimit = 30000,
                TokensRemaining = 29000,
                TokensResetAfter = TimeSpan.FromSeconds(62),
            },
            (await provider.CallAsync(ProviderCalls.Hello)).Quota);
    }

    [Fact]
    public async Task Anthropics_headers_are_read_with_a_refusal()
    {
        using var provider = ProviderCalls.Anthropic(StubVendor.Answering("{}", HttpStatusCode.TooManyRequests,
            ("anthropic-ratelimit-requests-limit", "50"), ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", (ProviderCalls.Now + TimeSpan.FromSeconds(9)).ToString("O"))));

        Assert.Equal(
            new VendorQuota { RequestLimit = 50, RequestsRemaining = 0, RequestsResetAfter = TimeSpan.FromSeconds(9) },
            (await provider.CallAsync(ProviderCalls.Hello)).Quota);
    }

    [Theory]
    [InlineData("\"api\";r=499;t=60", 499L, 60)]
    [InlineData("\"api\"; r=0; t=5", 0L, 5)]
    public async Task HuggingFaces_header_is_read(string value, long remaining, int seconds)
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering("""{"choices":[{}]}""", HttpStatusCode.OK, ("RateLimit", value), ("RateLimit-Policy", "\"fixed window\";\"api\";q=500;w=60")));

        Assert.Equal(
            new VendorQuota { RequestLimit = 500, RequestsRemaining = remaining, RequestsResetAfter = TimeSpan.FromSeconds(seconds) },
            (await provider.CallAsync(ProviderCalls.Hello)).Quota);
    }

    [Theory]
    [InlineData("x-ratelimit-remaining-requests", "many")]
    [InlineData("RateLimit", "nonsense")]
    public async Task What_cannot_be_read_is_not_there(string header, string value)
    {
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering("""{"choices":[{}]}""", HttpStatusCode.OK, (header, value)));

        Assert.Null((await provider.CallAsync(ProviderCalls.Hello)).Quota?.RequestsRemaining);
    }
}
