using LlmBroker.Configuration;
using LlmBroker.Providers;
using LlmBroker.Providers.Anthropic;
using LlmBroker.Providers.OpenAi;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmBroker.Tests.Providers;

public sealed class ProviderAccountsTests
{
    [Fact]
    public void Create_makes_the_provider_of_each_accounts_type()
    {
        using var accounts = Create(_ => { }, ("a", new() { Type = "openai" }), ("b", new() { Type = "Anthropic" }));

        Assert.IsType<OpenAiProvider>(accounts["a"]);
        Assert.IsType<AnthropicProvider>(accounts["b"]);
        Assert.Contains("'c'", Assert.Throws<KeyNotFoundException>(() => accounts["c"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_hands_a_plug_in_the_settings_with_the_secret_resolved()
    {
        ProviderSettings? seen = null;
        using var accounts = Create(
            services => services.AddModelProvider("mine", (settings, _) =>
            {
                seen = settings;
                return new Plugin();
            }),
            ("a", new() { Type = "mine", BaseUrl = new Uri("https://llm.example/v1"), ApiKey = new SecretOptions { Env = "SOME_KEY" } }));

        Assert.IsType<Plugin>(accounts["a"]);
        Assert.Equal("a", seen?.Account);
        Assert.Equal("https://llm.example/v1/", seen?.BaseAddress?.AbsoluteUri);
        Assert.Equal("secret of SOME_KEY", seen?.ApiKey);
    }

    [Fact]
    public void A_plug_in_can_replace_a_built_in_type_even_when_registered_first()
    {
        var services = new ServiceCollection();
        services.AddModelProvider("openai", (_, _) => new Plugin());
        services.AddBuiltInModelProviders();
        using var provider = services.BuildServiceProvider();

        using var accounts = ProviderAccounts.Create(
            new Dictionary<string, ProviderOptions> { ["a"] = new() { Type = "openai" } }, provider.GetServices<ModelProviderType>(), Secret, provider);

        Assert.IsType<Plugin>(accounts["a"]);
    }

    [Fact]
    public void Create_reports_every_account_that_cannot_be_made()
    {
        var fault = Assert.Throws<InvalidOperationException>(() => Create(
            _ => { },
            ("a", new() { Type = "opnai" }),
            ("b", new() { Type = "openai", BaseUrl = new Uri("/v1", UriKind.Relative) }),
            ("c", new() { Type = "openai", BaseUrl = new Uri("https://x/v1?key=hidden") }),
            ("d", new() { Type = "openai", Tls = new TlsOptions { CaFile = "/nowhere/ca.pem" } })));

        Assert.Contains("'a': type 'opnai' is not known. Known: anthropic, azure-openai, bedrock", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'b': baseUrl '/v1'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'c': baseUrl 'https://x/v1' must not have a query", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'d': TLS file '/nowhere/ca.pem'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_keys_make_a_pool_of_providers_with_a_key_each()
    {
        var keys = new List<string?>();
        using var accounts = Create(
            services => services.AddModelProvider("mine", (settings, _) =>
            {
                keys.Add(settings.ApiKey);
                return new Plugin();
            }),
            ("a", new() { Type = "mine", ApiKeys = [new() { Env = "ONE" }, new() { Env = "TWO" }] }));

        Assert.IsType<KeyPool>(accounts["a"]);
        Assert.Equal(["secret of ONE", "secret of TWO"], keys);
    }

    [Fact]
    public void An_account_that_did_not_change_keeps_its_provider_and_one_that_did_is_made_anew()
    {
        var services = new ServiceCollection();
        services.AddModelProvider("mine", (_, _) => new Plugin());
        using var provider = services.BuildServiceProvider();
        var types = provider.GetServices<ModelProviderType>().ToArray();
        var options = new Dictionary<string, ProviderOptions> { ["same"] = new() { Type = "mine" }, ["moved"] = new() { Type = "mine" }, ["rekeyed"] = new() { Type = "mine", ApiKey = new() { Env = "K" } } };
        var before = ProviderAccounts.Create(options, types, _ => "old", provider);
        var next = new Dictionary<string, ProviderOptions>(options) { ["moved"] = new() { Type = "mine", BaseUrl = new Uri("https://elsewhere/v1") } };

        using var after = ProviderAccounts.Create(next, types, _ => "new", provider, before);

        Assert.Same(before["same"], after["same"]);
        Assert.NotSame(before["moved"], after["moved"]);
        Assert.NotSame(before["rekeyed"], after["rekeyed"]);
        before.DisposeBut(after);
        Assert.Equal((false, true, true), (((Plugin)before["same"]).IsDisposed, ((Plugin)before["moved"]).IsDisposed, ((Plugin)before["rekeyed"]).IsDisposed));
    }

    [Fact]
    public void Dispose_disposes_the_providers()
    {
        var plugin = new Plugin();
        var accounts = Create(services => services.AddModelProvider("mine", (_, _) => plugin), ("a", new() { Type = "mine" }));

        accounts.Dispose();

        Assert.True(plugin.IsDisposed);
    }

    [Fact]
    public void Settings_never_print_the_key()
    {
        var settings = ProviderCalls.Account(new Uri("https://x/v1/"));

        Assert.Equal("provider account acme at https://x/v1/", settings.ToString());
        Assert.Equal("provider account acme at https://x/v1/", $"{settings}");
        Assert.DoesNotContain(ProviderCalls.Key, System.Text.Json.JsonSerializer.Serialize(settings), StringComparison.Ordinal);
    }

    private static ProviderAccounts Create(Action<IServiceCollection> register, params (string Name, ProviderOptions Options)[] accounts)
    {
        var services = new ServiceCollection();
        services.AddBuiltInModelProviders();
        register(services);
        var provider = services.BuildServiceProvider();
        return ProviderAccounts.Create(
            accounts.ToDictionary(account => account.Name, account => account.Options), provider.GetServices<ModelProviderType>(), Secret, provider);
    }

    private static string Secret(SecretOptions secret) => $"secret of {secret.Env}";

    private sealed class Plugin : IModelProvider, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken) => Task.FromResult(new ProviderResult());

        public void Dispose() => IsDisposed = true;
    }
}
