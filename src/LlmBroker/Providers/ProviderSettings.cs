using System.Text.Json;
using System.Text.Json.Serialization;
using LlmBroker.Configuration;

namespace LlmBroker.Providers;

/// <summary>One account at a vendor, with its secret resolved: what an <see cref="IModelProvider"/> is made from.</summary>
public sealed record ProviderSettings
{
    /// <summary>The account's name in the configuration, for messages.</summary>
    public required string Account { get; init; }

    /// <summary>Where the vendor is, ending in a slash; null: the vendor's own address.</summary>
    public Uri? BaseAddress { get; init; }

    /// <summary>The API key; null: none is sent. Never print it.</summary>
    [JsonIgnore]
    public string? ApiKey { get; init; }

    /// <summary>Certificates for the vendor's address.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary><c>providers.{account}.options</c> as they are written; null: there are none.</summary>
    public JsonElement? Options { get; init; }

    /// <summary>Tokens of Azure's sign-in, keys of AWS and the like; read when the account is made.</summary>
    internal ProviderOptions Source { get; init; } = new();

    /// <summary>Resolves the secrets that <see cref="Source"/> names.</summary>
    [JsonIgnore]
    internal Func<SecretOptions, string> ReadSecret { get; init; } =
        secret => throw new InvalidOperationException($"The secret '{secret.Env ?? secret.File}' cannot be read here.");

    /// <summary>The account's name and address. Leaves the key out, as a record would not.</summary>
    public override string ToString() => BaseAddress is null ? $"provider account {Account}" : $"provider account {Account} at {BaseAddress}";
}
