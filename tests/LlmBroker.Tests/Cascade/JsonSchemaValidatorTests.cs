using System.Text.Json;
using LlmBroker.Cascade.Validators;
using Xunit;

namespace LlmBroker.Tests.Cascade;

public sealed class JsonSchemaValidatorTests
{
    private const string Person = """{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"],"additionalProperties":false}""";

    private readonly JsonSchemaValidator validator = new();

    [Theory]
    [InlineData("""{"name":"Ada","age":36}""", null)]
    [InlineData("""{"name":"王芳","age":36}""", null)]
    [InlineData("""{"name":"Ada","age":"36"}""", "the answer does not fit the schema at /age")]
    [InlineData("""{"name":"Ada"}""", "the answer does not fit the schema at its root")]
    [InlineData("""{"name":"Ada","age":36""", "the answer is not JSON")]
    [InlineData("抱歉", "the answer is not JSON")]
    public void An_answer_fits_the_schema_of_its_request(string answer, string? reason) => Assert.Equal(reason, validator.Reject(WithSchema(Person, answer)));

    [Theory]
    [InlineData("""{"a":1}""", null)]
    [InlineData("[1]", "the answer is not a JSON object")]
    [InlineData("Sure! {\"a\":1}", "the answer is not JSON")]
    public void An_object_is_one(string answer, string? reason) => Assert.Equal(
        reason, validator.Reject(Completions.Of("Give me JSON.", answer, more: new { response_format = new { type = "json_object" } })));

    [Fact]
    public void A_pattern_is_not_run_and_forbids_nothing()
    {
        const string Endless = """{"type":"object","properties":{"a":{"type":"string","pattern":"^(a+)+$"}},"patternProperties":{"^x":{}},"additionalProperties":false}""";
        Assert.Null(validator.Reject(WithSchema(Endless, $$"""{"a":"{{new string('a', 60)}}!","x1":2}""")));
        Assert.NotNull(validator.Reject(WithSchema(Endless, """{"a":1}""")));
    }

    [Theory]
    [InlineData("""{"$ref":"https://example.com/else.json"}""")]
    [InlineData("""{"type":7}""")]
    public void A_schema_that_cannot_be_read_lets_pass(string schema) => Assert.Null(validator.Reject(WithSchema(schema, "{}")));

    [Theory]
    [InlineData("look_up", """{"city":"上海"}""", null)]
    [InlineData("look_up", """{"town":"Paris"}""", "the arguments of a tool do not fit its schema at its root")]
    [InlineData("look_up", "{", "the arguments of a tool are not JSON")]
    [InlineData("other", "{}", "it calls a tool that was not offered")]
    public void The_arguments_of_tools_fit_theirs(string name, string arguments, string? reason)
    {
        var tools = JsonElement.Parse("""[{"type":"function","function":{"name":"look_up","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]""");
        var message = new { role = "assistant", content = (string?)null, tool_calls = new[] { new { id = "1", type = "function", function = new { name, arguments } } } };

        Assert.Equal(reason, validator.Reject(Completions.Of("The weather?", null, finish: "tool_calls", more: new { tools }, message: message)));
    }

    private static LlmBroker.Cascade.CheckedCompletion WithSchema(string schema, string answer) => Completions.Of(
        "Who?", answer, more: new { response_format = new { type = "json_schema", json_schema = new { name = "p", schema = JsonElement.Parse(schema) } } });
}
