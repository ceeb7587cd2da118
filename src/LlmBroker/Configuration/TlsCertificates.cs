using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace LlmBroker.Configuration;

/// <summary>The certificates that <see cref="TlsOptions"/> names, loaded. For whatever takes <see cref="SslClientAuthenticationOptions"/>.</summary>
internal sealed class TlsCertificates
{
    private TlsCertificates(TlsOptions options)
    {
        ServerName = options.ServerName;
        if (options.CaFile is { } caFile)
            Authorities = LoadAuthorities(caFile);
        if (options.CertificateFile is { } certificateFile)
            (Client, ClientIssuers) = LoadClient(certificateFile, options.KeyFile);
    }

    /// <summary>Authorities that may sign the server's certificate; null: the machine's.</summary>
    public X509Certificate2Collection? Authorities { get; }

    /// <summary>Our certificate with its key.</summary>
    public X509Certificate2? Client { get; }

    /// <summary>Name that the server's certificate must carry; null: the host of the address.</summary>
    public string? ServerName { get; }

    private X509Certificate2Collection ClientIssuers { get; } = [];

    /// <summary>Reads the files.</summary>
    /// <exception cref="InvalidOperationException">A file cannot be read or holds no usable PEM; names the file.</exception>
    public static TlsCertificates Load(TlsOptions options) => new(options);

    /// <summary>For clients that take no chain policy: trusts <see cref="Authorities"/> only. Null: the machine's rules apply.</summary>
    public RemoteCertificateValidationCallback? ValidationCallback => Authorities is null ? null : IsTrusted;

    public void ApplyTo(SslClientAuthenticationOptions options)
    {
        if (ServerName is not null)
            options.TargetHost = ServerName;

        if (Authorities is not null)
        {
            options.CertificateChainPolicy = ChainPolicy(Authorities);
        }

        if (Client is not null)
            options.ClientCertificateContext = SslStreamCertificateContext.Create(Client, ClientIssuers, offline: true);
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // A wrong name or no certificate at all is not made good by our own authority.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;

        using var own = new X509Chain { ChainPolicy = ChainPolicy(Authorities!) };
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        return own.Build(new X509Certificate2(certificate));
    }

    private static X509ChainPolicy ChainPolicy(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority rarely runs a revocation service that this machine can reach.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static X509Certificate2Collection LoadAuthorities(string file)
    {
        var authorities = Read(file, () =>
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPemFile(file);
            return found;
        });
        return authorities.Count > 0 ? authorities : throw new InvalidOperationException($"TLS file '{file}' holds no certificate in PEM.");
    }

    private static (X509Certificate2 Client, X509Certificate2Collection Issuers) LoadClient(string certificateFile, string? keyFile) =>
        Read(keyFile ?? certificateFile, () =>
        {
            using var ephemeral = X509Certificate2.CreateFromPemFile(certificateFile, keyFile ?? certificateFile);
            // Windows cannot use a key that was only ever in memory for TLS; a round trip through PKCS#12 settles it everywhere.
            var client = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), password: null);
            var issuers = new X509Certificate2Collection();
            issuers.ImportFromPemFile(certificateFile);
            return (client, issuers);
        });

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new InvalidOperationException($"TLS file '{file}' cannot be used: {e.Message}", e);
        }
    }
}
