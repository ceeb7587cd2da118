using System.Net;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class RetryAfterTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData(7.0, "Retry-After: 7")]
    [InlineData(1.5, "Retry-After: 1.5")]
    [InlineData(0.0, "Retry-After: -3")]
    [InlineData(604800.0, "Retry-After: 99999999999999")]
    [InlineData(null, "Retry-After: soon")]
    [InlineData(53.0, "Retry-After: Wed, 04 Mar 2026 05:07:00 GMT")]
    [InlineData(0.0, "Retry-After: Wed, 04 Mar 2026 05:00:00 GMT")]
    [InlineData(0.25, "retry-after-ms: 250|Retry-After: 7")]
    [InlineData(7.0, "Retry-After: 7|x-ratelimit-reset-tokens: 1m")]
    [InlineData(366.5, "x-ratelimit-reset-tokens: 6m6.5s|x-ratelimit-reset-requests: 20ms")]
    [InlineData(0.02, "x-ratelimit-remaining-requests: 0|x-ratelimit-reset-tokens: 6m0s|x-ratelimit-reset-requests: 20ms")]
    [InlineData(7323.0, "x-ratelimit-reset-requests: 2h2m3s")]
    [InlineData(null, "x-ratelimit-reset-requests: 5 minutes")]
    [InlineData(null, "x-ratelimit-reset-requests: 5")]
    public async Task RetryAfter_is_read_in_the_order_ms_then_standard_then_hint(double? seconds, string headers)
    {
        var pairs = headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ", 2)).Select(pair => (pair[0], pair[1]));
        using var provider = ProviderCalls.OpenAi(StubVendor.Answering("{}", HttpStatusCode.TooManyRequests, [.. pairs]));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(seconds, result.RetryAfter?.TotalSeconds);
    }
}
