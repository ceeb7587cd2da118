using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using LlmBroker.Providers;
using LlmBroker.Providers.Google;
using LlmBroker.Tests.Simulation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmBroker.Tests.Providers;

/// <summary>Google's own library signs in with a service account's file, at a token endpoint on loopback.</summary>
public sealed class VertexCredentialTests
{
    [Fact]
    public async Task A_service_accounts_file_becomes_a_bearer_token()
    {
        await using var tokens = await StartTokenEndpointAsync(async http =>
        {
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            var claims = JsonElement.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(form["assertion"].ToString().Split('.')[1]));
            Assert.Equal("broker@p1.iam.gserviceaccount.com", claims.GetProperty("iss").GetString());
            await http.Response.WriteAsJsonAsync(new { access_token = "ya29.token", token_type = "Bearer", expires_in = 3600 }, http.RequestAborted);
        });
        using var folder = new TemporaryFolder();
        using var vendor = StubVendor.Answering("""{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}""");
        using var provider = Provider(vendor, WriteAccount(folder, tokens.Urls.Single()));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Null(result.ErrorMessage);
        Assert.Equal("Bearer ya29.token", vendor.Headers["Authorization"]);
        Assert.Equal("https://europe-west4-aiplatform.googleapis.com/v1/projects/p1/locations/europe-west4/publishers/google/models/vendor-model:generateContent", vendor.Address?.AbsoluteUri);
    }

    [Fact]
    public async Task A_sign_in_that_is_refused_is_for_an_operator_and_nothing_is_sent()
    {
        await using var tokens = await StartTokenEndpointAsync(http =>
        {
            http.Response.StatusCode = (int)HttpStatusCode.BadRequest;
            return http.Response.WriteAsJsonAsync(new { error = "invalid_grant", error_description = "secret words" }, http.RequestAborted);
        });
        using var folder = new TemporaryFolder();
        using var vendor = StubVendor.Answering("{}");
        using var provider = Provider(vendor, WriteAccount(folder, tokens.Urls.Single()));

        var result = await provider.CallAsync(ProviderCalls.Hello);

        Assert.Equal(ProviderError.KeyRefused, result.Error);
        Assert.DoesNotContain("secret words", result.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(0, vendor.Calls);
    }

    private static GeminiProvider Provider(StubVendor vendor, string file) => GeminiProvider.ForVertex(
        new ProviderSettings { Account = "google", Source = new() { Google = new() { Project = "p1", Location = "europe-west4", CredentialsFile = file } } }, vendor, TimeProvider.System);

    private static string WriteAccount(TemporaryFolder folder, string tokenEndpoint)
    {
        using var key = RSA.Create(2048);
        var file = folder.File("account.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            type = "service_account",
            project_id = "p1",
            private_key_id = "k1",
            private_key = key.ExportPkcs8PrivateKeyPem(),
            client_email = "broker@p1.iam.gserviceaccount.com",
            client_id = "1",
            token_uri = $"{tokenEndpoint}/token",
        }));
        return file;
    }

    private static async Task<WebApplication> StartTokenEndpointAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/token", answer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
