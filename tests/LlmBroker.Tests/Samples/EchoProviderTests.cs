using System.Text.Json;
using Acme.Llm;
using LlmBroker.Configuration;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using LlmBroker.Providers;
using LlmBroker.Tests.Configuration;
using LlmBroker.Tests.Providers;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace LlmBroker.Tests.Samples;

/// <summary>The sample of a plug-in that the README shows.</summary>
public sealed class EchoProviderTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_is_made_from_its_options_and_answers()
    {
        const string Json = """{ "providers": { "mine": { "type": "echo", "options": { "greeting": "You said: ", "list": [1, { "a": null }] } } } }""";
        var options = BrokerConfiguration.Parse(
            Given.With(Json), "test", new HashSet<string> { "openai", "echo" }, ConfigurationNeeds.None, new Dictionary<string, string>()).Options;
        var services = new ServiceCollection();
        services.AddBuiltInModelProviders();
        services.AddModelProvider("echo", (settings, _) => new EchoProvider(settings));
        await using var built = services.BuildServiceProvider();
        using var accounts = ProviderAccounts.Create(
            new Dictionary<string, ProviderOptions> { ["mine"] = options.Providers["mine"] }, built.GetServices<ModelProviderType>(), _ => "", built);

        var answer = await accounts["mine"].CallAsync(ProviderCalls.Hello);

        Assert.Equal("You said: Hello", answer.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(JsonValueKind.Null, options.Providers["mine"].Options!.Value.GetProperty("list")[1].GetProperty("a").ValueKind);
    }

    [Fact]
    public async Task A_host_of_ones_own_serves_requests_with_it()
    {
        var folder = Directory.CreateTempSubdirectory("llmbroker-echo-");
        var file = Path.Combine(folder.FullName, "llmbroker.json");
        await File.WriteAllTextAsync(file, $$"""
            {
              "rabbitMq": { "inMemory": true },
              "ledger": { "sqlite": {{JsonSerializer.Serialize(Path.Combine(folder.FullName, "ledger.db"))}} },
              "providers": { "mine": { "type": "echo", "options": { "greeting": "You said: " } } },
              "models": { "parrot": { "tier": "cheap", "priceUnknown": true } },
              "deployments": { "parrot": { "provider": "mine", "model": "parrot" } },
              "routing": { "defaultModel": "parrot" }
            }
            """, CancellationToken);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddModelProvider("echo", (settings, _) => new EchoProvider(settings));
        builder.Services.AddBroker(file);
        using (var host = builder.Build())
        {
            await host.StartAsync(CancellationToken);
            var answered = new TaskCompletionSource<Delivery>(TaskCreationOptions.RunContinuationsAsynchronously);
            var client = host.Services.GetRequiredService<EmbeddedClient>();
            await client.ListenAsync(delivery =>
            {
                answered.TrySetResult(delivery);
                return Task.CompletedTask;
            });

            await client.PublishAsync(
                new SubmitInference { RequestId = "r1", Body = JsonElement.Parse("""{"messages":[{"role":"user","content":"Hello"}]}""") }, "default", Lane.Standard, CancellationToken);
            var reply = await answered.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken);

            var completed = WireJson.Read<InferenceCompleted>(reply.Body.Span)!;
            Assert.Equal("You said: Hello", completed.Body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
            await host.StopAsync(CancellationToken);
        }

        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_host_of_ones_own_refuses_a_vendor_that_nobody_registered()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, """{ "providers": { "mine": { "type": "ehco" } } }""");

        var exception = Assert.Throws<BrokerConfigurationException>(() => new ServiceCollection().AddBroker(file));

        Assert.Contains("providers.mine.type", exception.Message, StringComparison.Ordinal);
        File.Delete(file);
    }

    [Fact]
    public void The_sample_fits_into_the_README() =>
        Assert.InRange(File.ReadAllLines(Repository.PathOf("tests", "LlmBroker.Tests", "Samples", "EchoProvider.cs")).Length, 1, 30);
}
