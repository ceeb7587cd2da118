using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Providers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmBroker.Tests.Inference;

public sealed class DeploymentPipelinesTests
{
    [Fact]
    public async Task A_replaced_provider_is_left_to_its_callers_for_as_long_as_a_delivery_is_held_whatever_sets_it_was_in()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        var made = new List<Plugin>();
        var services = new ServiceCollection();
        services.AddModelProvider("mine", (settings, _) =>
        {
            made.Add(new Plugin(settings.ApiKey));
            return made[^1];
        });
        await using var built = services.BuildServiceProvider();
        var source = new ProviderAccountSource(built.GetServices<ModelProviderType>(), built);
        using var ledger = new LedgerWriter(new PermissiveStore(), new LedgerOptions(), time, NullLogger<LedgerWriter>.Instance);
        var first = ConfigurationWith("ONE");
        var fleet = new FleetView(new WorkerIdentity(), time);
        await using (var pipelines = new DeploymentPipelines(
            first, new LiveConfiguration(first.Options), source, ledger, new WorkerIdentity(), Signals.Silent(new(time)), fleet, time))
        {
            void Apply(BrokerConfiguration next) => pipelines.Commit(pipelines.Prepare(next, new ConfigurationSnapshot(next.Options)));
            Apply(first);
            time.Advance(TimeSpan.FromMinutes(11));

            Apply(ConfigurationWith("TWO"));
            Assert.Equal([0, 0], made.Select(plugin => plugin.Disposals));

            time.Advance(TimeSpan.FromMinutes(11));
            Apply(ConfigurationWith("TWO"));
            Assert.Equal([1, 0], made.Select(plugin => plugin.Disposals));
        }

        Assert.Equal([("key 1", 1), ("key 2", 1)], made.Select(plugin => (plugin.Key, plugin.Disposals)));
    }

    private static BrokerConfiguration ConfigurationWith(string key) => BrokerConfiguration.Parse(
        $$"""
        {
          "providers": { "mine": { "type": "mine", "apiKey": { "env": "{{key}}" } } },
          "models": { "m": { "tier": "cheap", "priceUnknown": true } },
          "deployments": { "d": { "provider": "mine", "model": "m" } }
        }
        """,
        "test",
        new HashSet<string> { "mine" },
        ConfigurationNeeds.None,
        new Dictionary<string, string> { ["ONE"] = "key 1", ["TWO"] = "key 2" });

    private sealed class Plugin(string? key) : IModelProvider, IDisposable
    {
        public string? Key { get; } = key;

        public int Disposals { get; private set; }

        public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Dispose() => Disposals++;
    }
}
