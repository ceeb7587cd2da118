using System.Text.Json;
using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

/// <summary>Answers against AWS's own service model, where it is at hand.</summary>
public sealed class BedrockSchemaTests
{
    private const string Hi = """[{"role":"user","content":[{"text":"hi"}]}]""";

    [Theory]
    [InlineData("{\"messages\":" + Hi + "}")]
    [InlineData("{\"messages\":" + Hi + ",\"inferenceConfig\":{\"maxTokens\":3,\"temperature\":0.5,\"topP\":1,\"stopSequences\":[\"x\"]},\"system\":[{\"text\":\"s\"}]}")]
    [InlineData("{\"messages\":" + Hi + ",\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}],\"toolChoice\":{\"any\":{}}}}")]
    [InlineData("{\"messages\":" + Hi + ",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":{\"name\":\"n\",\"schema\":\"{}\"}}}}}")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"[[blocked]]"}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"[[filtered]]"}]}]}""")]
    public async Task Question_and_answer_are_valid_against_the_vendors_model(string request)
    {
        var shapes = await ShapesAsync();
        await using var sim = await Setup();

        var (status, answer) = await sim.PostJsonAsync(RunningSim.ConversePath, request);

        Assert.Equal(200, status);
        Assert.Empty(shapes.Faults("ConverseRequest", JsonElement.Parse(request)));
        Assert.Empty(shapes.Faults("ConverseResponse", answer));
        // Guards against a validator that finds nothing.
        Assert.NotEmpty(shapes.Faults("ConverseResponse", JsonElement.Parse("""{"output":{},"stopReason":"tired","usage":{"inputTokens":"1"}}""")));
    }

    [Theory]
    [InlineData(FaultKind.RateLimited)]
    [InlineData(FaultKind.QuotaExhausted)]
    [InlineData(FaultKind.ServerError)]
    [InlineData(FaultKind.Unavailable)]
    [InlineData(FaultKind.ContextTooLong)]
    [InlineData(FaultKind.AccessDenied)]
    [InlineData(FaultKind.ModelTimeout)]
    [InlineData(FaultKind.ModelError)]
    [InlineData(FaultKind.ModelNotReady)]
    public async Task Error_is_one_of_the_vendors_model_with_its_status(FaultKind kind)
    {
        var shapes = await ShapesAsync();
        await using var sim = await Setup(new SimulatedFault { Kind = kind });

        using var response = await sim.PostAsync(RunningSim.ConversePath, "{\"messages\":" + Hi + "}");

        var name = Assert.Single(response.Headers.GetValues("x-amzn-ErrorType")).Split(':')[0];
        Assert.Equal(shapes.StatusOf(name), (int)response.StatusCode);
        Assert.Empty(shapes.Faults(name, await RunningSim.ReadAsync(response)));
    }

    private static Task<RunningSim> Setup(params SimulatedFault[] faults) => RunningSim.StartAsync(new VendorSimOptions
    {
        Models =
        [
            RunningSim.Converse with
            {
                Tokens = new SimulatedTokens { Reasoning = 7, CachedShare = 0.5, CacheWriteShare = 0.25 },
                Faults =
                [
                    .. faults,
                    new() { Kind = FaultKind.ContentFilter, Marker = "[[blocked]]" },
                    new() { Kind = FaultKind.ContentFilterFinish, Marker = "[[filtered]]" },
                ],
            },
        ],
    });

    private static Task<AwsShapes> ShapesAsync() =>
        AwsShapes.LoadAsync(VendorSpecification.Find("bedrock-runtime.json"), TestContext.Current.CancellationToken);
}
