using System.Collections;
using System.Numerics;

namespace LlmBroker.Configuration;

/// <summary>Gathers faults, with the rules that many members share.</summary>
internal sealed class FindingList : IReadOnlyList<ConfigurationFinding>
{
    private readonly List<ConfigurationFinding> findings = [];

    public int Count => findings.Count;

    public ConfigurationFinding this[int index] => findings[index];

    public void Add(string path, string text) => findings.Add(new(path, text));

    public void Range<T>(string path, T value, T lowest, T highest)
        where T : INumber<T>
    {
        if (!(value >= lowest && value <= highest))
            Add(path, $"{value} is out of range; write {lowest} to {highest}");
    }

    public void Range(string path, TimeSpan value, TimeSpan shortest, TimeSpan longest)
    {
        if (value < shortest || value > longest)
            Add(path, $"{DurationText.Format(value)} is out of range; write {DurationText.Format(shortest)} to {DurationText.Format(longest)}");
    }

    public void NotEmpty(string path, string? value)
    {
        if (value is not null && string.IsNullOrWhiteSpace(value))
            Add(path, "is empty; give a value, or leave it out");
    }

    public void HttpAddress(string path, Uri? address)
    {
        if (address is not null && (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https") || address.Host.Length == 0))
            Add(path, $"{ValueText.Of(address)} is no http or https address; write it in full, such as https://host/path/");
    }

    public void Secret(string path, SecretOptions? secret)
    {
        if (secret is null)
            return;
        var set = (secret.Env is null ? 0 : 1) + (secret.File is null ? 0 : 1) + (secret.KeyVault is null ? 0 : 1);
        if (set > 1)
            Add(path, "more than one of env, file and keyVault is set; keep one");
        else if (secret.KeyVault is { } vault && KeyVaultReader.Parse(vault) is null)
            Add($"{path}.keyVault", $"{ValueText.Of(vault)} names no secret; write https://VAULT.vault.azure.net/secrets/NAME");
        else if (secret.KeyVault is null && string.IsNullOrWhiteSpace(secret.Env) && string.IsNullOrWhiteSpace(secret.File))
            Add(path, "neither env, file nor keyVault is set; name the environment variable, the file or the vault that holds the secret");
    }

    public void Tls(string path, TlsOptions tls)
    {
        if (tls is { CertificateFile: not null, KeyFile: null })
            Add(path, "certificateFile is set without keyFile; give both");
        if (tls is { CertificateFile: null, KeyFile: not null })
            Add(path, "keyFile is set without certificateFile; give both");
        NotEmpty($"{path}.serverName", tls.ServerName);
    }

    public IEnumerator<ConfigurationFinding> GetEnumerator() => findings.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
