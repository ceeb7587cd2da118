using System.Text.Json;
using LlmBroker.Routing;
using Xunit;

namespace LlmBroker.Tests.Routing;

public sealed class IncomingRequestTests
{
    [Fact]
    public void Read_takes_plain_JSON_and_the_AMQP_properties()
    {
        var request = IncomingRequest.Read(Requests.Delivery("""{ "body": { "messages": [] } }""") with
        {
            MessageId = "m1", CorrelationId = "any string", ReplyTo = "reply.default.a", TraceParent = "00-a-b-01",
        });

        Assert.Equal("m1", request.RequestId);
        Assert.Equal(("reply.default.a", "any string", false), (request.ReplyTo!.Queue, request.ReplyTo.CorrelationId, request.ReplyTo.Envelope));
    }

    [Fact]
    public void The_messages_own_id_wins_over_the_property() =>
        Assert.Equal("r1", IncomingRequest.Read(Requests.Delivery("""{ "requestId": "r1" }""") with { MessageId = "m1" }).RequestId);

    [Fact]
    public void A_message_without_an_id_gets_the_same_one_at_each_redelivery()
    {
        var first = IncomingRequest.Read(Requests.Delivery("""{ "body": {} }"""));
        var second = IncomingRequest.Read(Requests.Delivery("""{ "body": {} }"""));

        Assert.True(first.Unidentified);
        Assert.StartsWith("unidentified-", first.RequestId, StringComparison.Ordinal);
        Assert.Equal(first.RequestId, second.RequestId);
    }

    [Fact]
    public void Read_opens_the_envelope_of_a_stock_MassTransit_producer()
    {
        var request = IncomingRequest.Read(Requests.Delivery(
            """
            {
              "messageId": "11111111-1111-1111-1111-111111111111",
              "requestId": "22222222-2222-2222-2222-222222222222",
              "responseAddress": "rabbitmq://localhost/some-host/reply_bus_abc?temporary=true",
              "messageType": ["urn:message:LlmBroker.Contracts:SubmitInference"],
              "message": { "requestId": "r1", "maxCostUsd": "0.05", "body": { "messages": [] } }
            }
            """,
            "application/vnd.masstransit+json; charset=utf-8"));

        Assert.Equal(("r1", 0.05m), (request.RequestId, request.Message.MaxCostUsd));
        Assert.Equal(("reply_bus_abc", true), (request.ReplyTo!.Queue, request.ReplyTo.Envelope));
        Assert.Equal(Guid.Parse("22222222-2222-2222-2222-222222222222"), request.ReplyTo.MassTransitRequestId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("garbage")]
    [InlineData("""{ "deadline": "tomorrow" }""")]
    [InlineData("""{ "requestId": 7 }""")]
    public void What_cannot_be_read_says_so_without_quoting_it(string body)
    {
        var exception = Assert.ThrowsAny<JsonException>(() => IncomingRequest.Read(Requests.Delivery(body)));

        Assert.DoesNotContain("garbage", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_envelope_without_a_message_cannot_be_read() =>
        Assert.ThrowsAny<JsonException>(() => IncomingRequest.Read(Requests.Delivery("{}", "application/vnd.masstransit+json")));
}
