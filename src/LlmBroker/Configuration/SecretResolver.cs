using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace LlmBroker.Configuration;

/// <summary>Reads each secret once, from its environment variable, file or vault. Thread safe.</summary>
internal sealed partial class SecretResolver(IReadOnlyDictionary<string, string> environment, KeyVaultReader? vaults = null)
{
    private readonly ConcurrentDictionary<SecretOptions, Result> results = [];
    private readonly KeyVaultReader vaults = vaults ?? new KeyVaultReader();

    /// <summary>The secret, or null where none is configured.</summary>
    /// <exception cref="InvalidOperationException">The secret cannot be read; loading the configuration with the right needs rules this out.</exception>
    public Secret? Resolve(SecretOptions? options)
    {
        if (options is null)
            return null;
        var result = Read(options);
        return result.Secret ?? throw new InvalidOperationException(result.Fault);
    }

    /// <summary>What keeps the secret from being read and the remedy, or null.</summary>
    public string? FindFault(SecretOptions options) => Read(options).Fault;

    private Result Read(SecretOptions options) =>
        results.GetOrAdd(
            options,
            static (options, self) => options switch
            {
                { Env: { } name } => self.ReadVariable(name),
                { KeyVault: { } address } => self.ReadVault(address),
                _ => ReadFile(options.File ?? ""),
            },
            this);

    private Result ReadVault(Uri address)
    {
        var (value, fault) = vaults.Read(address);
        return new(value is null ? null : new Secret(value), fault);
    }

    private Result ReadVariable(string name)
    {
        if (environment.TryGetValue(name, out var value) && value.Length > 0)
            return new(new Secret(value), null);
        // Who writes the key itself where the variable's name belongs must not find it in a log.
        var variable = VariableName().IsMatch(name) ? $"the environment variable {name}" : "the environment variable named here";
        return new(null, $"{variable} is not set or empty; set it, or read the secret from a \"file\"");
    }

    private static Result ReadFile(string path)
    {
        try
        {
            var value = File.ReadAllText(path);
            value = value.EndsWith("\r\n", StringComparison.Ordinal) ? value[..^2] : value.EndsWith('\n') ? value[..^1] : value;
            return value.Length > 0 ? new(new Secret(value), null) : new(null, $"the file '{path}' is empty; write the secret into it");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(null, $"the file '{path}' does not exist; create or mount it");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new(null, $"the file '{path}' cannot be read; check that it is a file and that this user may read it");
        }
    }

    [GeneratedRegex("^[A-Z][A-Z0-9_]*$")]
    private static partial Regex VariableName();

    private readonly record struct Result(Secret? Secret, string? Fault);
}
