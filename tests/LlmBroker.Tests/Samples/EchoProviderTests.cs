using System.Text.Json;
using Acme.Llm;
using LlmBroker.Configuration;
using LlmBroker.Providers;
using LlmBroker.Tests.Configuration;
using LlmBroker.Tests.Providers;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmBroker.Tests.Samples;

/// <summary>The sample of a plug-in that the README shows.</summary>
public sealed class EchoProviderTests
{
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
    public void The_sample_fits_into_the_README() =>
        Assert.InRange(File.ReadAllLines(Repository.PathOf("tests", "LlmBroker.Tests", "Samples", "EchoProvider.cs")).Length, 1, 30);
}
