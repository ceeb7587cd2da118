using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LlmBroker.Configuration;
using LlmBroker.Providers;
using LlmBroker.Providers.OpenAi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmBroker.Tests.Providers;

/// <summary>Certificates of one account, against a server that asks for them.</summary>
public sealed class VendorTlsTests : IDisposable
{
    private const string Name = "llm.internal";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmbroker-tls-");
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _server;

    public VendorTlsTests()
    {
        _authority = Issue("CN=Test authority", null);
        _server = Issue($"CN={Name}", _authority);
        var client = Issue("CN=broker", _authority);
        File.WriteAllText(FileAt("ca.pem"), _authority.ExportCertificatePem());
        File.WriteAllText(FileAt("client.pem"), client.ExportCertificatePem());
        File.WriteAllText(FileAt("client.key"), client.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_server_of_an_own_authority_is_called_by_its_name_with_our_certificate_over_HTTP_2()
    {
        await using var server = await ServeAsync(ClientCertificateMode.RequireCertificate);

        var result = await CallAsync(server, new TlsOptions
        {
            CaFile = FileAt("ca.pem"),
            CertificateFile = FileAt("client.pem"),
            KeyFile = FileAt("client.key"),
            ServerName = Name,
        });

        Assert.Null(result.ErrorMessage);
        Assert.Equal($"HTTP/2 {Name} CN=broker", result.Body.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_server_that_is_not_known_by_authority_and_name_gets_nothing(bool withAuthority, bool withName)
    {
        await using var server = await ServeAsync(ClientCertificateMode.NoCertificate);

        var result = await CallAsync(server, new TlsOptions { CaFile = withAuthority ? FileAt("ca.pem") : null, ServerName = withName ? Name : null });

        Assert.Equal(ProviderError.ConnectionFailed, result.Error);
    }

    [Fact]
    public void A_file_that_cannot_be_used_is_named()
    {
        File.WriteAllText(FileAt("empty.pem"), "");

        Assert.Contains("empty.pem", Assert.Throws<InvalidOperationException>(
            () => TlsCertificates.Load(new TlsOptions { CaFile = FileAt("empty.pem") })).Message, StringComparison.Ordinal);
        Assert.Contains("absent.pem", Assert.Throws<InvalidOperationException>(
            () => TlsCertificates.Load(new TlsOptions { CaFile = FileAt("absent.pem") })).Message, StringComparison.Ordinal);
        Assert.Contains("ca.pem", Assert.Throws<InvalidOperationException>(
            () => TlsCertificates.Load(new TlsOptions { CertificateFile = FileAt("client.pem"), KeyFile = FileAt("ca.pem") })).Message, StringComparison.Ordinal);
    }

    private async Task<WebApplication> ServeAsync(ClientCertificateMode mode)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = _server;
            https.ClientCertificateMode = mode;
            https.AllowAnyClientCertificate();
        })));
        var app = builder.Build();
        app.Run(http => http.Response.WriteAsync(
            $$"""{"id":"{{http.Request.Protocol}} {{http.Request.Host.Host}} {{http.Connection.ClientCertificate?.Subject}}","choices":[{"finish_reason":"stop"}]}"""));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task<ProviderResult> CallAsync(WebApplication server, TlsOptions tls)
    {
        var address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var settings = new ProviderSettings { Account = "tls", BaseAddress = new Uri(address + "/"), Tls = tls };
        using var provider = new OpenAiProvider(settings, VendorHttpHandler.Create(settings), TimeProvider.System);
        return await provider.CallAsync(ProviderCalls.Hello);
    }

    private string FileAt(string name) => Path.Combine(_folder.FullName, name);

    private static X509Certificate2 Issue(string subject, X509Certificate2? issuer)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(subject["CN=".Length..].Replace(' ', '-'));
        request.CertificateExtensions.Add(names.Build());

        // Fixed dates around any clock: a certificate's validity is checked against the machine's.
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var until = from.AddYears(80);
        if (issuer is null)
            return request.CreateSelfSigned(from, until);

        using var certificate = request.Create(issuer, from, until, RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
