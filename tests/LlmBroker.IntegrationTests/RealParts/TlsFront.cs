using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.IntegrationTests.RealParts;

/// <summary>Speaks TLS as <c>localhost</c> and hands what is inside to a server of this machine. No machine trusts its certificate.</summary>
internal sealed class TlsFront : IAsyncDisposable
{
    private readonly WebApplication app;

    private TlsFront(WebApplication app, string certificatePem)
    {
        this.app = app;
        CertificatePem = certificatePem;
    }

    /// <summary>Its own authority.</summary>
    public string CertificatePem { get; }

    public int Port => new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public static async Task<TlsFront> StartAsync(Uri server, CancellationToken cancellationToken)
    {
        using var certificate = Issue();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseHttps(X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable));
            listen.Run(connection => ForwardAsync(connection, server));
        }));
        var app = builder.Build();
        // Nothing asks it: connections end above.
        app.Run(http => http.Response.CompleteAsync());
        await app.StartAsync(cancellationToken);
        return new TlsFront(app, certificate.ExportCertificatePem());
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static async Task ForwardAsync(ConnectionContext connection, Uri server)
    {
        using var inside = new TcpClient();
        await inside.ConnectAsync(server.Host, server.Port, connection.ConnectionClosed);
        await using var stream = inside.GetStream();
        var there = connection.Transport.Input.CopyToAsync(stream, connection.ConnectionClosed);
        var back = stream.CopyToAsync(connection.Transport.Output.AsStream(), connection.ConnectionClosed);
        await Task.WhenAny(there, back);
        connection.Abort();
        await Task.WhenAll(there, back).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static X509Certificate2 Issue()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        // Fixed dates around any clock: a certificate's validity is checked against the machine's.
        var from = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return request.CreateSelfSigned(from, from.AddYears(80));
    }
}
