using Amazon.Runtime;
using LlmBroker.Providers;
using LlmBroker.Providers.Access;
using LlmBroker.Providers.Bedrock;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class AwsSignatureTests
{
    private static readonly ImmutableCredentials Keys = new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", null);
    private static readonly DateTime Now = new(2015, 8, 30, 12, 36, 0, DateTimeKind.Utc);

    // From AWS's published test suite for Signature Version 4: get-vanilla and get-vanilla-query-order-key-case.
    [Theory]
    [InlineData("https://example.amazonaws.com/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("https://example.amazonaws.com/?Param1=value1&Param2=value2", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    public void Sign_gives_the_signatures_of_the_published_suite(string address, string signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);

        AwsSignature.Sign(request, Keys, "us-east-1", "service", Now);

        Assert.Equal("20150830T123600Z", request.Headers.GetValues("X-Amz-Date").Single());
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}",
            request.Headers.NonValidated["Authorization"].ToString());
    }

    [Fact]
    public void Sign_sends_the_token_of_temporary_keys_and_signs_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://example.amazonaws.com/");

        AwsSignature.Sign(request, new ImmutableCredentials("AKIDEXAMPLE", "secret", "token-1"), "us-east-1", "service", Now);

        Assert.Equal("token-1", request.Headers.GetValues("X-Amz-Security-Token").Single());
        Assert.Contains("SignedHeaders=host;x-amz-date;x-amz-security-token,", request.Headers.NonValidated["Authorization"].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_named_by_its_ARN_stays_one_part_of_the_path()
    {
        using var vendor = StubVendor.Answering("{}");
        using var provider = Provider(vendor);

        await provider.CallAsync(
            ProviderCalls.Call(ProviderCalls.Hello) with { VendorModel = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.x-v1:0" },
            TestContext.Current.CancellationToken);

        Assert.Equal(
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Feu.x-v1%3A0/converse",
            vendor.Address?.AbsoluteUri);
    }

    [Fact]
    public async Task Keys_that_cannot_be_had_are_for_an_operator_and_nothing_is_sent()
    {
        var access = new AwsSignature("acme", _ => throw new AmazonClientException("no keys at /home/me/.aws"), "us-east-1", "bedrock", TimeProvider.System);
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://example.amazonaws.com/");

        var refused = await access.AuthorizeAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(ProviderError.KeyRefused, refused?.Error);
        Assert.Contains("'acme'", refused?.ErrorMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("/home/me", refused?.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_service_that_is_away_is_waited_for()
    {
        var access = new TokenAccess("acme", _ => throw new HttpRequestException("away", new System.Net.Sockets.SocketException(111)));
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://example.com/");

        Assert.Equal(ProviderError.ConnectionFailed, (await access.AuthorizeAsync(request, TestContext.Current.CancellationToken))?.Error);
    }

    private static BedrockProvider Provider(StubVendor vendor) => new(
        new ProviderSettings
        {
            Account = "acme",
            Source = new() { Aws = new() { Region = "us-east-1", AccessKeyId = "AKIDEXAMPLE", SecretAccessKey = new() { Env = "S" } } },
            ReadSecret = _ => "secret",
        },
        () => vendor,
        TimeProvider.System);
}
