namespace LlmBroker.Configuration;

/// <summary>Certificates of one TLS connection; what is not set comes from the machine.</summary>
public sealed record TlsOptions
{
    /// <summary>PEM file with the authorities that may sign the server's certificate. Default: the machine's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with our certificate, where the server asks for one.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the key of <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Name that the server's certificate must carry. Default: the host of the address.</summary>
    public string? ServerName { get; init; }
}
