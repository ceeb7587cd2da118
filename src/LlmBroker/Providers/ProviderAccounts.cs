using System.Collections.Frozen;
using System.Text.Json;
using LlmBroker.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Providers;

/// <summary>The provider of every configured account: made at start, and when its configuration or a key changes.</summary>
internal sealed class ProviderAccounts : IDisposable
{
    private readonly FrozenDictionary<string, IModelProvider> _providers;

    /// <summary>What each provider was made from, so that one whose account did not change is kept with its connections.</summary>
    private readonly Dictionary<string, Identity> _identities;

    private ProviderAccounts(FrozenDictionary<string, IModelProvider> providers, Dictionary<string, Identity> identities)
    {
        _providers = providers;
        _identities = identities;
    }

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
    /// <param name="previous">Its providers are taken over where the account is the same; the others stay its own, to be disposed.</param>
    /// <exception cref="InvalidOperationException">Accounts that cannot be made, all of them in one message.</exception>
    public static ProviderAccounts Create(
        IReadOnlyDictionary<string, ProviderOptions> accounts,
        IEnumerable<ModelProviderType> types,
        Func<SecretOptions, string> readSecret,
        IServiceProvider services,
        ProviderAccounts? previous = null)
    {
        var known = new Dictionary<string, ModelProviderType>(StringComparer.OrdinalIgnoreCase);
        foreach (var type in types)
            known[type.Name] = type;

        var providers = new Dictionary<string, IModelProvider>(StringComparer.Ordinal);
        var identities = new Dictionary<string, Identity>(StringComparer.Ordinal);
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
                var keys = KeysOf(options).Select(readSecret).ToArray();
                var identity = new Identity(JsonSerializer.Serialize(options, ConfigurationJson.Options), [.. keys, .. OtherSecretsOf(options).Select(readSecret)]);
                providers.Add(name, previous?.Find(name, identity) ?? Make(type, name, options, keys, readSecret, services));
                identities.Add(name, identity);
            }
            catch (InvalidOperationException e)
            {
                faults.Add($"Provider account '{name}': {e.Message}");
            }
        }

        var made = new ProviderAccounts(providers.ToFrozenDictionary(StringComparer.Ordinal), identities);
        if (faults is [])
            return made;

        made.DisposeBut(previous is null ? [] : [previous]);
        throw new InvalidOperationException(string.Join(Environment.NewLine, faults));
    }

    public void Dispose() => DisposeBut([]);

    /// <summary>Disposes the providers that none of <paramref name="kept"/> has.</summary>
    public void DisposeBut(params IEnumerable<ProviderAccounts> kept)
    {
        foreach (var provider in _providers.Values.Except(kept.SelectMany(accounts => accounts._providers.Values)))
            (provider as IDisposable)?.Dispose();
    }

    private IModelProvider? Find(string account, Identity identity) =>
        _identities.TryGetValue(account, out var known) && known.Equals(identity) ? _providers[account] : null;

    private static IModelProvider Make(
        ModelProviderType type, string account, ProviderOptions options, string[] keys, Func<SecretOptions, string> readSecret, IServiceProvider services) =>
        keys.Length > 1
            ? new KeyPool([.. keys.Select(key => type.Create(Settings(account, options, key, readSecret), services))], services.GetService<TimeProvider>() ?? TimeProvider.System)
            : type.Create(Settings(account, options, keys.FirstOrDefault(), readSecret), services);

    private static IEnumerable<SecretOptions> KeysOf(ProviderOptions options) => options.ApiKey is { } key ? [key] : options.ApiKeys;

    /// <summary>What an adapter reads by itself; part of what makes an account another one.</summary>
    private static IEnumerable<SecretOptions> OtherSecretsOf(ProviderOptions options) =>
        new[] { options.Azure.ClientSecret, options.Aws.SecretAccessKey, options.Aws.SessionToken }.OfType<SecretOptions>();

    private static ProviderSettings Settings(string account, ProviderOptions options, string? key, Func<SecretOptions, string> readSecret) => new()
    {
        Account = account,
        BaseAddress = options.BaseUrl is { } address ? WithSlash(address) : null,
        ApiKey = key,
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

    private sealed record Identity(string Options, string[] Keys)
    {
        public bool Equals(Identity? other) => other is not null && Options == other.Options && Keys.AsSpan().SequenceEqual(other.Keys);

        public override int GetHashCode() => Options.GetHashCode(StringComparison.Ordinal);

        /// <summary>Leaves the keys out, as a record would not.</summary>
        public override string ToString() => Options;
    }
}
