using System.Text;
using LlmBroker.Simulation;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>Against signatures that AWS's own signer made of these requests.</summary>
public sealed class SigV4Tests
{
    private const string Body = """{"messages":[{"role":"user","content":[{"text":"hé there"}]}]}""";
    private const string Scope = "Credential=AKIDEXAMPLE/20260102/eu-west-1/bedrock/aws4_request";
    private const string Plain = "ab0627792f43a1956daef1c278baaf758cd3516e85013f5bfc21f870480c3461";
    private const string InSession = "c4ad043acdbf2e9584df9f05540c06d17585546d31f7325af17be92ced2a027e";
    private const string WithQuery = "dc0c8099fc47182dc47fdd78ed46e87c3e3ff260f4ce812bd1716d25cec97f75";

    // AWS's documentation has this pair in its examples.
    private const string Pair = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Theory]
    [InlineData("", Plain, null)]
    [InlineData("", InSession, "session/+=")]
    [InlineData("?b=2&a=x%20y%2Fz", WithQuery, null)]
    public async Task Signature_of_the_vendors_signer_is_let_in(string query, string signature, string? session)
    {
        var signed = session is null ? "content-type;host;x-amz-date" : "content-type;host;x-amz-date;x-amz-security-token";
        await using var sim = await Setup(session is null ? Pair : $"{Pair}:{session}");

        using var response = await SendAsync(sim, $"AWS4-HMAC-SHA256 {Scope}, SignedHeaders={signed}, Signature={signature}", query, session: session);

        Assert.Equal("", await ErrorAsync(response));
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Signature_with_another_body_is_refused()
    {
        await using var sim = await Setup();

        using var response = await SendAsync(sim, Authorization(), body: Body.Replace("there", "where", StringComparison.Ordinal));

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Contains("InvalidSignatureException", await ErrorAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AKIDEXAMPLE:another-secret", "InvalidSignatureException", "does not match the signature you provided")]
    [InlineData("AKIDOTHER:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "UnrecognizedClientException", "security token included in the request is invalid")]
    [InlineData(Pair + ":session", "UnrecognizedClientException", "security token included in the request is invalid")]
    [InlineData("AKIDEXAMPLE", "UnrecognizedClientException", "security token included in the request is invalid")]
    public async Task Signature_of_another_key_is_refused(string key, string type, string message)
    {
        await using var sim = await Setup(key);

        using var response = await SendAsync(sim, Authorization());

        Assert.Equal(403, (int)response.StatusCode);
        var error = await ErrorAsync(response);
        Assert.StartsWith(type, error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.False(Assert.Single(sim.Sim.Calls).Billed);
    }

    [Theory]
    [InlineData(-301, "Signature not yet current")]
    [InlineData(301, "Signature expired")]
    public async Task Signature_of_another_time_is_refused(int secondsLater, string message)
    {
        await using var sim = await Setup();
        _time.AdjustTime(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddSeconds(secondsLater));

        using var response = await SendAsync(sim, Authorization());

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Contains(message, await ErrorAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS4-HMAC-SHA256 " + Scope + ", SignedHeaders=content-type;host;x-amz-date", "IncompleteSignatureException", "requires 'Signature'")]
    [InlineData("AWS4-HMAC-SHA256 " + Scope + ", SignedHeaders=host, Signature=" + Plain, "InvalidSignatureException", "'x-amz-date' was present in the request but was not signed")]
    [InlineData("AWS4-HMAC-SHA256 " + Scope + ", SignedHeaders=content-type;x-amz-date, Signature=" + Plain, "InvalidSignatureException", "'Host' or ':authority' must be a 'SignedHeader'")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260103/eu-west-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + Plain, "InvalidSignatureException", "Date in Credential scope does not match")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + Plain, "InvalidSignatureException", "scoped to correct service: 'bedrock'")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=" + Plain, "InvalidSignatureException", "does not match")]
    [InlineData("Bearer " + Pair, "AccessDeniedException", "make sure your API Key is valid")]
    [InlineData("Bearer nonsense", "AccessDeniedException", "make sure your API Key is valid")]
    public async Task Authorization_of_another_form_is_refused(string authorization, string type, string message)
    {
        await using var sim = await Setup();

        using var response = await SendAsync(sim, authorization);

        var error = await ErrorAsync(response);
        Assert.Equal(403, (int)response.StatusCode);
        Assert.StartsWith(type, error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_of_the_vendor_that_is_not_signed_is_refused()
    {
        await using var sim = await Setup();

        using var response = await SendAsync(sim, Authorization(), extraHeader: "X-Amz-Target");

        Assert.Equal(403, (int)response.StatusCode);
        Assert.Contains("'x-amz-target' was present", await ErrorAsync(response), StringComparison.Ordinal);
    }

    private static string Authorization() => $"AWS4-HMAC-SHA256 {Scope}, SignedHeaders=content-type;host;x-amz-date, Signature={Plain}";

    private Task<RunningSim> Setup(string key = Pair) => RunningSim.StartAsync(new VendorSimOptions
    {
        Models = [RunningSim.Converse with { ApiKeys = [key] }],
        TimeProvider = _time,
    });

    private static Task<HttpResponseMessage> SendAsync(
        RunningSim sim, string authorization, string query = "", string body = Body, string? session = null, string? extraHeader = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, RunningSim.ConversePath + query)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.Host = "bedrock-runtime.eu-west-1.amazonaws.com";
        request.Headers.TryAddWithoutValidation("X-Amz-Date", "20260102T030405Z");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (session is not null)
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", session);
        if (extraHeader is not null)
            request.Headers.TryAddWithoutValidation(extraHeader, "x");
        return sim.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage response) => response.IsSuccessStatusCode
        ? ""
        : $"{response.Headers.GetValues("x-amzn-ErrorType").Single()} {(await RunningSim.ReadAsync(response)).GetProperty("message").GetString()}";
}
