namespace LlmBroker.Configuration;

/// <summary>Where a secret is read from at start; exactly one member is set. The value itself never stands in the file.</summary>
public sealed record SecretOptions
{
    /// <summary>Name of an environment variable.</summary>
    public string? Env { get; init; }

    /// <summary>Path of a file whose content, without the trailing line break, is the secret (Docker and Kubernetes secrets).</summary>
    public string? File { get; init; }

    /// <summary>
    /// Identifier of a secret in an Azure Key Vault, <c>https://VAULT.vault.azure.net/secrets/NAME</c>, with <c>/VERSION</c> for one version.
    /// The identity is that of the process: workload or managed identity, <c>AZURE_CLIENT_ID</c> and its kin, <c>az login</c>.
    /// </summary>
    public Uri? KeyVault { get; init; }
}
