using System.Collections.Frozen;
using LlmBroker.Configuration;

namespace LlmBroker.Providers;

/// <summary>The provider of every configured account, made once at start.</summary>
internal sealed class ProviderAccounts : IDisposable
{
    private readonly FrozenDictionary<string, IModelProvider> _providers;

    private ProviderAccounts(FrozenDictionary<string, IModelProvider> providers) => _providers = providers;

    /// <summary>The provider of an account.</summary>
    /// <exception cref="KeyNotFoundException">No such account; the configuration's validator rules that out for deployments.</exception>
    public IModelProvider this[string account] => _providers.TryGetValue(account, out var provider)
        ? provider
        : throw new KeyNotFoundException($"Provider account '{account}' is not configured. Known: {string.Join(", ", _providers.Keys.Order())}.");

    /// <summary>Makes all providers.</summary>
    /// <param name="accounts">Accounts by name.</param>
    /// <param name="types">What is registered; of two with one name the later counts.</param>
    /// <param name="readSecret">Resolves a secret; throws with its source named when it is not there.</param>
    /// <param name="services">For plug-ins.</param>
    /// <exception cref="InvalidOperationException">Accounts that cannot be made, all of them in one message.</exception>
    public static ProviderAccounts Create(
        IReadOnlyDictionary<string, ProviderOptions> accounts,
        IEnumerable<ModelProviderType> types,
        Func<SecretOptions, string> readSecret,
        IServiceProvider services)
    {
        var known = new Dictionary<string, ModelProviderType>(StringComparer.OrdinalIgnoreCase);
        foreach (var type in types)
            known[type.Name] = type;

        var providers = new Dictionary<string, IModelProvider>(StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var (name, options) in accounts)
        {
            if (!known.TryGetValue(options.Type, out var type))
            {
                faults.Add($"Provider account '{name}': type '{options.Type}' is not known. Known: {string.Join(", ", known.Keys.Order())}.");
                continue;
            }

            try
            {
                providers.Add(name, type.Create(Settings(name, options, readSecret), services));
            }
            catch (InvalidOperationException e)
            {
                faults.Add($"Provider account '{name}': {e.Message}");
            }
        }

        var made = new ProviderAccounts(providers.ToFrozenDictionary(StringComparer.Ordinal));
        if (faults is [])
            return made;

        made.Dispose();
        throw new InvalidOperationException(string.Join(Environment.NewLine, faults));
    }

    public void Dispose()
    {
        foreach (var provider in _providers.Values)
            (provider as IDisposable)?.Dispose();
    }

    private static ProviderSettings Settings(string account, ProviderOptions options, Func<SecretOptions, string> readSecret) => new()
    {
        Account = account,
        BaseAddress = options.BaseUrl is { } address ? WithSlash(address) : null,
        ApiKey = options.ApiKey is { } key ? readSecret(key) : null,
        Tls = options.Tls,
        Options = options.Options,
        Source = options,
        ReadSecret = readSecret,
    };

    // "https://host/v1" and "chat/completions" would make "https://host/chat/completions".
    private static Uri WithSlash(Uri address)
    {
        if (!address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
            throw new InvalidOperationException($"baseUrl '{address}' is not an absolute http or https address.");
        if (address.Query.Length > 0)
            throw new InvalidOperationException($"baseUrl '{address.GetLeftPart(UriPartial.Path)}' must not have a query.");
        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }
}
