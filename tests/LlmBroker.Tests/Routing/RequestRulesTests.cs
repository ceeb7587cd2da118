using LlmBroker.Contracts;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class RequestRulesTests
{
    [Fact]
    public void A_plain_request_is_allowed() => Assert.Null(RequestRules.Check(Requests.Incoming(Requests.Message()), "bulk"));

    [Fact]
    public void A_request_without_any_id_is_refused_with_the_remedy()
    {
        var refusal = RequestRules.Check(Requests.Incoming(Requests.Message() with { RequestId = null }), "bulk");

        Assert.Equal(FailureReason.InvalidRequest, refusal?.Reason);
        Assert.Contains("message_id", refusal!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("urgent", null)]
    [InlineData("", null)]
    [InlineData(null, "urgent")]
    public void An_unknown_lane_is_refused(string? keyLane, string? lane) =>
        Assert.Equal(FailureReason.UnknownLane, Check(Requests.Message() with { Lane = lane }, keyLane));

    [Fact]
    public void A_lane_that_contradicts_the_routing_key_is_an_error_not_a_guess() =>
        Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message() with { Lane = "interactive" }, "bulk"));

    [Fact]
    public void Without_a_routing_key_the_message_names_the_lane() =>
        Assert.Null(Check(Requests.Message() with { Lane = "interactive" }, null));

    [Fact]
    public void Model_and_policy_together_are_refused() =>
        Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message() with { Model = "m", Policy = "p" }));

    [Theory]
    [InlineData("poetry")]
    [InlineData("unknown")]
    public void A_task_outside_the_closed_set_is_refused(string task) =>
        Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message() with { Task = task }));

    [Fact]
    public void A_delivery_guarantee_that_does_not_exist_is_refused() =>
        Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message() with { Delivery = "exactly-once" }));

    [Fact]
    public void A_negative_cap_is_refused() =>
        Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message() with { MaxCostUsd = -0.01m }));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "messages": [] }""")]
    [InlineData("""{ "messages": "hi" }""")]
    [InlineData("""{ "messages": ["hi"] }""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_body_without_messages_is_refused(string body) => Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message(body)));

    [Fact]
    public void A_missing_body_is_refused() =>
        Assert.Equal(FailureReason.InvalidRequest, Check(new SubmitInference { RequestId = "r1" }));

    [Fact]
    public void A_streamed_answer_is_not_supported() =>
        Assert.Equal(FailureReason.Unsupported, Check(Requests.Message("""{ "messages": [{ "role": "user", "content": "Hi" }], "stream": true }""")));

    [Theory]
    [InlineData("""{ "input": "text" }""", null)]
    [InlineData("""{ "input": ["a", "b"] }""", null)]
    [InlineData("""{ "messages": [{}] }""", FailureReason.InvalidRequest)]
    public void Embeddings_need_an_input(string body, FailureReason? expected) =>
        Assert.Equal(expected, Check(Requests.Message(body) with { Operation = "embeddings" }));

    [Fact]
    public void An_id_is_at_most_200_characters() =>
        Assert.Equal(FailureReason.InvalidRequest, Check(Requests.Message() with { RequestId = new string('x', 201) }));

    private static FailureReason? Check(SubmitInference message, string? keyLane = "standard") =>
        RequestRules.Check(Requests.Incoming(message), keyLane)?.Reason;
}
