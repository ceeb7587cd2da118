using System.Text.Json;
using LlmBroker.Providers;
using LlmBroker.Tests.Providers.Conformance;
using LlmBroker.Tests.Simulation;
using Xunit;

namespace LlmBroker.Tests.Providers;

/// <summary>What the adapters send and answer, held against the vendors' own descriptions of their APIs, feature by feature.</summary>
public sealed class VendorSchemaTests
{
    [Theory]
    [InlineData("OpenAI chat", "CreateChatCompletionRequest", "CreateEmbeddingRequest")]
    [InlineData("OpenAI responses", "CreateResponse", null)]
    public async Task What_is_sent_to_OpenAI_is_what_OpenAI_describes(string adapter, string chat, string? embeddings)
    {
        foreach (var (feature, sent) in await SentAsync(adapter))
            if ((feature.Operation == "embeddings" ? embeddings : chat) is { } schema)
                Assert.True(await OpenAiSchema.FaultsAsync(schema, sent) is [], $"{feature.Name}: {string.Join("; ", await OpenAiSchema.FaultsAsync(schema, sent))}\n{sent}");
    }

    [Fact]
    public async Task What_is_sent_to_Bedrock_is_what_AWS_describes()
    {
        var shapes = await AwsShapes.LoadAsync(SharedFiles.PathOf("specs", "bedrock-runtime.json"), TestContext.Current.CancellationToken);
        foreach (var (feature, sent) in await SentAsync("Bedrock, signed"))
            if (feature.Operation == "chat")
                Assert.True(shapes.Faults("ConverseRequest", JsonElement.Parse(sent)) is [], $"{feature.Name}: {string.Join("; ", shapes.Faults("ConverseRequest", JsonElement.Parse(sent)))}");
    }

    [Fact]
    public async Task Every_vendors_answer_is_an_OpenAI_answer()
    {
        foreach (var adapter in Adapter.All)
        {
            await using var sim = await RunningSim.StartAsync(new() { Models = [.. adapter.Models] });
            foreach (var feature in Feature.All.Where(feature => feature.Operation == "chat" || adapter.Embeddings is not null))
            {
                var provider = adapter.Create(sim.Sim.Address, adapter.Key);
                using var owned = (IDisposable)provider;
                var result = await provider.CallAsync(adapter.Call(feature.BodyFor(adapter), feature.Operation), TestContext.Current.CancellationToken);
                if (result.Error is not null)
                    continue;
                var faults = await OpenAiSchema.FaultsAsync(feature.Operation == "chat" ? "CreateChatCompletionResponse" : "CreateEmbeddingResponse", result.Body.GetRawText());
                // The description knows embeddings as numbers only; as bytes they are asked for by name.
                if (!feature.Name.Contains("base64", StringComparison.Ordinal))
                    Assert.True(faults is [], $"{adapter.Name}, {feature.Name}: {string.Join("; ", faults)}\n{result.Body.GetRawText()}");
            }
        }
    }

    private static async Task<List<(Feature Feature, string Sent)>> SentAsync(string name)
    {
        var adapter = Adapter.All.Single(adapter => adapter.Name == name);
        var sent = new List<(Feature, string)>();
        foreach (var feature in Feature.All)
        {
            using var vendor = StubVendor.Answering("{}");
            using var provider = name.StartsWith("Bedrock", StringComparison.Ordinal)
                ? (IDisposable)new LlmBroker.Providers.Bedrock.BedrockProvider(
                    ProviderCalls.Account() with { Source = new() { Aws = new() { Region = "us-east-1" } } }, () => vendor, TimeProvider.System)
                : ProviderCalls.OpenAi(vendor);
            var call = ProviderCalls.Call(feature.BodyFor(adapter), feature.Operation) with { Api = adapter.Api };
            if ((await ((IModelProvider)provider).CallAsync(call, TestContext.Current.CancellationToken)).Error != ProviderError.Unsupported)
                sent.Add((feature, vendor.Body));
        }

        Assert.True(sent.Count > 8);
        return sent;
    }
}
