using System.Text;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using NJsonSchema;
using Xunit;

namespace LlmBroker.Tests.Schemas;

/// <summary>The committed schemas are those that the records give. A contract changes on purpose, or not at all.</summary>
public sealed class SchemaTests
{
    private const string UpdateVariable = "LLMBROKER_UPDATE_SCHEMAS";

    [Fact]
    public void Configuration_schema_is_that_of_the_options() => AssertCommitted(SchemaGenerator.Configuration(), "config", "llmbroker.schema.json");

    [Theory]
    [InlineData(typeof(SubmitInference))]
    [InlineData(typeof(RunInference))]
    [InlineData(typeof(InferenceCompleted))]
    [InlineData(typeof(InferenceFailed))]
    [InlineData(typeof(CancelInference))]
    [InlineData(typeof(SubmitFeedback))]
    public void Message_schema_is_that_of_the_record(Type message)
    {
        ArgumentNullException.ThrowIfNull(message);
        AssertCommitted(SchemaGenerator.Message(message), "messages", $"{message.Name}.schema.json");
    }

    [Fact]
    public async Task Configuration_schema_accepts_the_compose_example_and_refuses_a_misspelt_member()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var schema = await JsonSchema.FromJsonAsync(SchemaGenerator.Configuration(), cancellationToken);
        var example = await File.ReadAllTextAsync(Repository.PathOf("compose", "llmbroker.json"), cancellationToken);

        Assert.Empty(schema.Validate(example));
        Assert.NotEmpty(schema.Validate(example.Replace("\"tier\"", "\"teer\"", StringComparison.Ordinal)));
        Assert.NotEmpty(schema.Validate(example.Replace("\"cheap\",", "\"cheapish\",", StringComparison.Ordinal)));
        Assert.NotEmpty(schema.Validate("""{ "ledger": { "lease": "3 sec" } }"""));
    }

    [Fact]
    public async Task Message_schema_accepts_what_is_sent_and_members_of_a_later_contract()
    {
        var schema = await JsonSchema.FromJsonAsync(SchemaGenerator.Message(typeof(InferenceFailed)), TestContext.Current.CancellationToken);
        var failed = new InferenceFailed
        {
            RequestId = "r",
            Run = 1,
            Reason = FailureReason.Exhausted,
            Message = "m",
            DeadLetterId = Guid.Parse("0f1e2d3c-0000-4000-8000-000000000001"),
            Route = new Route { Deployment = "a", Model = "m", Reason = "model named", Fallbacks = ["b"] },
            AcceptedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
            FailedAt = new DateTimeOffset(2026, 3, 1, 12, 0, 1, TimeSpan.Zero),
        };
        var sent = Encoding.UTF8.GetString(WireJson.ToBytes(failed));

        Assert.Empty(schema.Validate(sent));
        Assert.Empty(schema.Validate(sent.Insert(1, "\"later\":[1],\"groupId\":null,\"metadata\":7,")));
        Assert.NotEmpty(schema.Validate(sent.Replace("Exhausted", "Tired", StringComparison.Ordinal)));
        Assert.NotEmpty(schema.Validate(sent.Replace("\"run\":1,", "", StringComparison.Ordinal)));
    }

    private static void AssertCommitted(string generated, params string[] path)
    {
        var file = Repository.PathOf(["schemas", .. path]);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, generated);
        }

        var committed = File.Exists(file) ? File.ReadAllText(file) : "";
        Assert.True(
            generated == committed.ReplaceLineEndings("\n"),
            $"schemas/{string.Join('/', path)} is not what the records give now. If the change is meant, run the tests once with "
                + $"{UpdateVariable}=1 and commit the file with it. Contracts only grow: no member is renamed, retyped or made required.\n{generated}");
    }
}
