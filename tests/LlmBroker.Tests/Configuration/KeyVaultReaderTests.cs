using System.Net;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using LlmBroker.Configuration;
using Xunit;

namespace LlmBroker.Tests.Configuration;

public sealed class KeyVaultReaderTests
{
    private static readonly Uri Identifier = new("https://keys.vault.azure.net/secrets/openai");

    [Fact]
    public void Resolve_reads_a_secret_of_a_vault_as_this_process()
    {
        var vault = new Vault(HttpStatusCode.OK, """{ "value": "sk-1", "id": "https://keys.vault.azure.net/secrets/openai/3" }""");
        var secrets = new SecretResolver(new Dictionary<string, string>(), Reader(vault));

        Assert.Equal("sk-1", secrets.Resolve(new SecretOptions { KeyVault = Identifier })!.Reveal());
        Assert.Equal("/secrets/openai", vault.LastRequest!.RequestUri!.AbsolutePath);
        Assert.Equal("Bearer token-of-this-process", vault.LastRequest.Headers.Authorization!.ToString());
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "has no secret 'openai'")]
    [InlineData(HttpStatusCode.Forbidden, "refuses to show the secret 'openai'")]
    [InlineData(HttpStatusCode.InternalServerError, "answers 500")]
    public void What_the_vault_refuses_is_said_with_the_remedy(HttpStatusCode status, string expected)
    {
        var (value, fault) = Reader(new Vault(status, "{}")).Read(Identifier);

        Assert.Null(value);
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_without_an_identity_is_told_so()
    {
        var reader = new KeyVaultReader(new NoIdentity(), Options(new Vault(HttpStatusCode.OK, "{}")));

        Assert.Contains("no identity that https://keys.vault.azure.net/ accepts", reader.Read(Identifier).Fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://keys.vault.azure.net/secrets/a/0123", "a", "0123")]
    [InlineData("https://keys.vault.azure.net/secrets/a", "a", null)]
    public void Parse_takes_an_identifier_apart(string identifier, string name, string? version) =>
        Assert.Equal((new Uri("https://keys.vault.azure.net/"), name, version), KeyVaultReader.Parse(new Uri(identifier)));

    [Theory]
    [InlineData("http://keys.vault.azure.net/secrets/a")]
    [InlineData("https://keys.vault.azure.net/keys/a")]
    [InlineData("https://keys.vault.azure.net/")]
    public void What_names_no_secret_is_a_fault_of_the_configuration(string identifier)
    {
        var faults = Given.FaultsWith($$"""{ "providers": { "acme": { "apiKey": { "env": null, "keyVault": "{{identifier}}" } } } }""");

        Assert.Contains(faults, fault => fault.Path == "providers.acme.apiKey.keyVault" && fault.Text.Contains("names no secret", StringComparison.Ordinal));
    }

    private static KeyVaultReader Reader(Vault vault) => new(new Identity(), Options(vault));

    private static SecretClientOptions Options(Vault vault) => new() { Transport = new HttpClientTransport(vault), Retry = { MaxRetries = 0 } };

    /// <summary>Asks for a token first, as a vault does.</summary>
    private sealed class Vault(HttpStatusCode status, string body) : HttpMessageHandler
    {
        public HttpRequestMessage? LastRequest { get; private set; }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Authorization is null)
            {
                var challenge = new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = new StringContent("") };
                challenge.Headers.TryAddWithoutValidation(
                    "WWW-Authenticate", "Bearer authorization=\"https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001\", resource=\"https://vault.azure.net\"");
                return challenge;
            }

            LastRequest = request;
            return new HttpResponseMessage(status) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }

    private class Identity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("token-of-this-process", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }

    private sealed class NoIdentity : Identity
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            throw new CredentialUnavailableException("none");
    }
}
