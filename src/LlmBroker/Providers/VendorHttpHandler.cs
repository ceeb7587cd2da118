using System.Net;
using System.Net.Security;
using LlmBroker.Configuration;

namespace LlmBroker.Providers;

/// <summary>Makes the connection pool of one provider account.</summary>
internal static class VendorHttpHandler
{
    public static SocketsHttpHandler Create(ProviderSettings settings)
    {
        var tls = new SslClientAuthenticationOptions();
        TlsCertificates.Load(settings.Tls).ApplyTo(tls);

        // The number of connections stays unbounded: the cap on calls belongs to the deployment's pipeline.
        return new SocketsHttpHandler
        {
            SslOptions = tls,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.GZip | DecompressionMethods.Brotli,
            EnableMultipleHttp2Connections = true,
            // Follows DNS changes; and an idle connection is left before the vendor closes it under a request.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            // A dead host is then known not to have got the request, which a timeout of the whole attempt cannot say.
            ConnectTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
        };
    }
}
