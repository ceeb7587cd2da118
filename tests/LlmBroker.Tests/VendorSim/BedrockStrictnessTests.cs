using LlmBroker.Simulation;
using LlmBroker.Simulation.Models;
using Xunit;

namespace LlmBroker.Tests.Simulation;

public sealed class BedrockStrictnessTests
{
    private const string Hi = """[{"role":"user","content":[{"text":"hi"}]}]""";
    private const string Used = """[{"role":"user","content":[{"text":"hi"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"a","name":"f","input":{}}}]}""";
    private const string Tools = "\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}]}";

    // A PNG of one pixel.
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [Theory]
    [InlineData("{", "SerializationException", "not valid JSON")]
    [InlineData("[]", "SerializationException", "expected a structure")]
    [InlineData("{}", "ValidationException", "Value null at 'messages'")]
    [InlineData("""{"messages":"hi"}""", "SerializationException", "Expected a list at 'messages', but found STRING_VALUE")]
    [InlineData("""{"messages":[]}""", "ValidationException", "must start with a user message")]
    [InlineData("""{"messages":[{"role":"assistant","content":[{"text":"hi"}]}]}""", "ValidationException", "must start with a user message")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":"a"}]},{"role":"user","content":[{"text":"b"}]}]}""", "ValidationException", "must alternate between user and assistant")]
    [InlineData("""{"messages":[{"role":"system","content":[{"text":"hi"}]}]}""", "ValidationException", "enum value set: [user, assistant]")]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "SerializationException", "Expected a list at 'messages.0.content'")]
    [InlineData("""{"messages":[{"role":"user","content":[]}]}""", "ValidationException", "messages.0 is empty")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":" "}]}]}""", "ValidationException", "messages.0.content.0 is blank")]
    [InlineData("""{"messages":[{"role":"user","content":[{"text":7}]}]}""", "SerializationException", "NUMBER_VALUE can not be converted to a String")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}""", "ValidationException", "unknown member type")]
    [InlineData("""{"messages":[{"role":"user","content":[{}]}]}""", "ValidationException", "exactly one of these keys")]
    [InlineData("{\"messages\":" + Hi + ",\"inferenceConfig\":{\"maxTokens\":0}}", "ValidationException", "'inferenceConfig.maxTokens' failed to satisfy constraint")]
    [InlineData("{\"messages\":" + Hi + ",\"inferenceConfig\":{\"maxTokens\":\"9\"}}", "SerializationException", "STRING_VALUE can not be converted to an Integer")]
    [InlineData("{\"messages\":" + Hi + ",\"inferenceConfig\":{\"maxTokens\":501}}", "ValidationException", "exceeds the model limit of 500")]
    [InlineData("{\"messages\":" + Hi + ",\"inferenceConfig\":{\"temperature\":1.5}}", "ValidationException", "less than or equal to 1")]
    [InlineData("{\"messages\":" + Hi + ",\"inferenceConfig\":{\"stopSequences\":[\"\"]}}", "ValidationException", "stopSequences")]
    [InlineData("{\"messages\":" + Hi + ",\"system\":\"s\"}", "SerializationException", "Expected a list at 'system'")]
    [InlineData("{\"messages\":" + Used + "]," + Tools + "}", "ValidationException", "Expected toolResult blocks at messages.2.content for the following Ids: a")]
    [InlineData("{\"messages\":" + Used + ",{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"b\",\"content\":[{\"text\":\"x\"}]}}]}]," + Tools + "}", "ValidationException", "exceeds the number of toolUse blocks")]
    [InlineData("{\"messages\":" + Used + ",{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"a\",\"content\":[{\"text\":\"x\"}]}}]}]}", "ValidationException", "The toolConfig field must be defined")]
    [InlineData("{\"messages\":" + Hi + ",\"toolConfig\":{\"tools\":[]}}", "ValidationException", "'toolConfig.tools'")]
    [InlineData("{\"messages\":" + Hi + ",\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f f\",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}]}}", "ValidationException", "regular expression pattern")]
    [InlineData("{\"messages\":" + Hi + ",\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":{\"type\":\"array\"}}}}]}}", "ValidationException", "inputSchema.json.type must be one of the following: object")]
    [InlineData("{\"messages\":" + Hi + ",\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"type\":\"object\"}}}]}}", "ValidationException", "unknown member type")]
    [InlineData("{\"messages\":" + Hi + "," + "\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"f\",\"inputSchema\":{\"json\":{\"type\":\"object\"}}}}],\"toolChoice\":{\"tool\":{\"name\":\"g\"}}}}", "ValidationException", "The tool g of toolChoice")]
    [InlineData("""{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"!"}}}]}]}""", "SerializationException", "is not base64")]
    [InlineData("""{"messages":[{"role":"user","content":[{"image":{"format":"bmp","source":{"bytes":"eA=="}}}]}]}""", "ValidationException", "[gif, jpeg, png, webp]")]
    [InlineData("""{"messages":[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":""" + "\"" + Png + "\"" + """}}}]}]}""", "ValidationException", "appears to be a image/png")]
    [InlineData("{\"messages\":" + Hi + ",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":{\"schema\":\"no\"}}}}}", "ValidationException", "not a valid JSON schema")]
    [InlineData("{\"messages\":" + Hi + ",\"outputConfig\":{\"textFormat\":{\"type\":\"json_schema\",\"structure\":{\"jsonSchema\":{\"schema\":{}}}}}}", "SerializationException", "can not be converted to a String")]
    public async Task Converse_refused_by_the_vendor_is_refused_here(string body, string type, string message)
    {
        await using var sim = await RunningSim.StartAsync();

        using var response = await sim.PostAsync(RunningSim.ConversePath, body);

        var answer = await RunningSim.ReadAsync(response);
        Assert.Equal(400, (int)response.StatusCode);
        Assert.StartsWith($"{type}:", Assert.Single(response.Headers.GetValues("x-amzn-ErrorType")), StringComparison.Ordinal);
        Assert.Contains(message, answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(Assert.Single(response.Headers.GetValues("x-amzn-RequestId")), Assert.Single(sim.Sim.Calls).RequestId);
    }

    [Theory]
    [InlineData("/model/anthropic.nope-v1%3A0/converse", 404, "ResourceNotFoundException")]
    [InlineData("/model/gpt/converse", 404, "ResourceNotFoundException")]
    [InlineData("/model/what%20is%20this/converse", 400, "ValidationException")]
    [InlineData("/model/amazon.titan%3A0/converse", 400, "ValidationException")]
    [InlineData("/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Fsim/converse", 200, null)]
    public async Task Model_is_the_one_of_the_path(string path, int status, string? type)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models =
            [
                RunningSim.Gpt,
                RunningSim.Converse with { Name = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/sim" },
                RunningSim.Converse with { Name = "amazon.titan:0", EmbeddingDimensions = 8 },
            ],
        });

        using var response = await sim.PostAsync(path, "{\"messages\":" + Hi + "}");

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, response.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.Single().Split(':')[0] : null);
    }

    [Theory]
    [InlineData("{}", "required key [inputText] not found")]
    [InlineData("""{"inputText":""}""", "expected minLength: 1")]
    [InlineData("""{"inputText":"a","dimension":4}""", "extraneous key [dimension] is not permitted")]
    [InlineData("""{"inputText":"a","dimensions":9}""", "9 is not less or equal to 8")]
    [InlineData("""{"texts":["a"]}""", "required key [input_type] not found")]
    [InlineData("""{"texts":[],"input_type":"search_query"}""", "expected 1 to 96 items")]
    [InlineData("""{"texts":["a"],"input_type":"poem"}""", "poem is not a valid enum value")]
    [InlineData("""{"prompt":"hi"}""", "extraneous key [prompt] is not permitted")]
    public async Task Embeddings_refused_by_the_vendor_are_refused_here(string body, string message)
    {
        await using var sim = await RunningSim.StartAsync(new VendorSimOptions
        {
            Models = [RunningSim.Converse with { Name = "titan", EmbeddingDimensions = 8 }],
        });

        var (status, answer) = await sim.PostJsonAsync("/model/titan/invoke", body);

        Assert.Equal(400, status);
        Assert.Contains(message, answer.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Converse_over_the_context_window_is_refused()
    {
        await using var sim = await RunningSim.StartAsync();
        var (path, body) = RunningSim.Simplest(Vendor.Bedrock, new string('x', 9_000));

        var (status, answer) = await sim.PostJsonAsync(path, body);

        Assert.Equal(400, status);
        Assert.Equal("Input is too long for requested model.", answer.GetProperty("message").GetString());
    }
}
