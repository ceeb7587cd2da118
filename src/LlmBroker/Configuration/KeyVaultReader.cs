using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;

namespace LlmBroker.Configuration;

/// <summary>Reads secrets from Azure Key Vaults. Thread safe.</summary>
/// <param name="credential">Who asks. Default: whoever this process is to Azure.</param>
/// <param name="options">Of the vaults' client. Default: two retries within 10 seconds, since a start waits for it.</param>
internal sealed class KeyVaultReader(TokenCredential? credential = null, SecretClientOptions? options = null)
{
    private readonly Lazy<TokenCredential> credential = new(() => credential ?? new DefaultAzureCredential());

    /// <summary>The parts of a secret's identifier; null: it is none.</summary>
    public static (Uri Vault, string Name, string? Version)? Parse(Uri identifier)
    {
        if (!identifier.IsAbsoluteUri || identifier.Scheme != Uri.UriSchemeHttps || identifier.Query.Length > 0 || identifier.UserInfo.Length > 0)
            return null;
        return identifier.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["secrets", var name] => (new Uri(identifier, "/"), name, null),
            ["secrets", var name, var version] => (new Uri(identifier, "/"), name, version),
            _ => null,
        };
    }

    /// <returns>The secret, or what keeps it from being read and the remedy.</returns>
    public (string? Value, string? Fault) Read(Uri identifier)
    {
        if (Parse(identifier) is not var (vault, name, version))
            return (null, $"'{identifier}' names no secret; write https://VAULT.vault.azure.net/secrets/NAME");

        try
        {
            var value = new SecretClient(vault, credential.Value, options ?? Patient()).GetSecret(name, version).Value.Value;
            return value.Length > 0 ? (value, null) : (null, $"the secret '{name}' of {vault} is empty; give it a value");
        }
        catch (RequestFailedException exception)
        {
            return (null, exception.Status switch
            {
                404 => $"{vault} has no secret '{name}'; make it, or correct the name or the version",
                401 or 403 => $"{vault} refuses to show the secret '{name}' to this process; give its identity the role Key Vault Secrets User",
                0 => $"{vault} cannot be reached; check the address and the network",
                var status => $"{vault} answers {status} when asked for the secret '{name}'; try again later",
            });
        }
        catch (AuthenticationFailedException)
        {
            return (null, $"this process has no identity that {vault} accepts; set AZURE_TENANT_ID, AZURE_CLIENT_ID and their kin, or assign a managed identity");
        }
    }

    private static SecretClientOptions Patient() => new()
    {
        Retry = { MaxRetries = 2, NetworkTimeout = TimeSpan.FromSeconds(10), Delay = TimeSpan.FromMilliseconds(500) },
    };
}
