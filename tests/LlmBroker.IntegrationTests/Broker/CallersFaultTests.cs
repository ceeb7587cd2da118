using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.Ledger;
using LlmBroker.Simulation.Models;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>Failure table, row 3: the caller's fault is answered at once with the reason and recorded, and is no dead letter.</summary>
public sealed class CallersFaultTests(RealPartsFixture parts) : BrokerTests(parts)
{
    private const string Messages = """ "messages": [{ "role": "user", "content": "Hi" }] """;

    protected override int Models => 3;

    protected override string Change => """
        { "models": { "m1": { "price": null, "priceUnknown": true } }, "limits": { "maxMessageBytes": 20000 } }
        """;

    [Theory]
    [InlineData("standard", """{ "model": "nope", "body": { MESSAGES } }""", "UnknownModel", "nope")]
    [InlineData("standard", """{ "policy": "nope", "body": { MESSAGES } }""", "UnknownPolicy", "nope")]
    [InlineData("urgent", """{ "body": { MESSAGES } }""", "UnknownLane", "urgent")]
    [InlineData("bulk", """{ "lane": "interactive", "body": { MESSAGES } }""", "InvalidRequest", "routing key")]
    [InlineData("standard", """{ "model": "m0", "policy": "p", "body": { MESSAGES } }""", "InvalidRequest", "policy")]
    [InlineData("standard", """{ "body": { "messages": [] } }""", "InvalidRequest", "messages")]
    [InlineData("standard", """{ "body": { MESSAGES, "stream": true } }""", "Unsupported", "stream")]
    [InlineData("standard", """{ "task": "poetry", "body": { MESSAGES } }""", "InvalidRequest", "poetry")]
    [InlineData("standard", """{ "deadline": "2020-01-01T00:00:00Z", "body": { MESSAGES } }""", "Expired", "2020")]
    [InlineData("standard", """{ "model": "m0", "maxCostUsd": 0.0000001, "body": { MESSAGES } }""", "CostLimit", "maxCostUsd")]
    [InlineData("standard", """{ "model": "m1", "maxCostUsd": 5, "body": { MESSAGES } }""", "PriceUnknown", "m1")]
    public async Task It_is_answered_with_reason_thing_and_remedy(string lane, string body, string reason, string named)
    {
        var id = await Producer.PublishRawAsync(body.Replace("MESSAGES", Messages, StringComparison.Ordinal), $"default.{lane}");
        var reply = await Producer.ReplyAsync(id);

        Assert.Equal(("InferenceFailed", reason), (reply.Type, reply.Reason));
        Assert.Contains(named, reply.Message, StringComparison.Ordinal);
        await IsRecordedWithoutCallOrDeadLetterAsync(id, reason);
    }

    [Fact]
    public async Task An_oversized_message_is_refused_by_its_size()
    {
        var id = await Producer.PublishAsync("m0", prompt: new string('x', 30_000));

        Assert.Equal("PayloadTooLarge", (await Producer.ReplyAsync(id)).Reason);
        await IsRecordedWithoutCallOrDeadLetterAsync(id, "PayloadTooLarge");
    }

    [Theory]
    [InlineData(FaultKind.ContextTooLong, "ContextTooLong")]
    [InlineData(FaultKind.ContentFilter, "ContentFiltered")]
    public async Task What_the_vendor_refuses_is_told_apart(FaultKind kind, string reason)
    {
        var model = Broker.Model(new SimulatedFault { Kind = kind, Next = 1 });

        var id = await Producer.PublishAsync(model);

        Assert.Equal(reason, (await Producer.ReplyAsync(id)).Reason);
        Assert.Equal(1, await Broker.CountCallsAsync(id));
        Assert.Equal(0, await Broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters"));
    }

    [Fact]
    public async Task A_body_that_the_vendor_finds_malformed_is_refused_by_the_vendor()
    {
        var model = Broker.Model();
        var id = await Producer.PublishRawAsync($$"""{ "model": "{{model}}", "body": { {{Messages}}, "temperature": 9 } }""", "default.standard");

        var reply = await Producer.ReplyAsync(id);
        Assert.Equal("RefusedByVendor", reply.Reason);
        Assert.Contains("temperature", reply.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_foreign_reply_queue_and_the_refusal_can_be_fetched()
    {
        await Producer.Channel.QueueDeclareAsync("llm.mine", durable: false, exclusive: true, autoDelete: true, cancellationToken: CancellationToken);

        var id = await Producer.PublishAsync("m0", set: properties => properties.ReplyTo = "llm.mine");

        await Eventually.HoldsAsync(async _ => await Broker.Ledger.GetReplyAsync("default", id, CancellationToken) is not null, "recorded", CancellationToken);
        Assert.Equal("ForeignReplyQueue", (await Broker.StatusAsync(id)).Claim.Failure?.ToString());
        Assert.Null(await Producer.Channel.BasicGetAsync("llm.mine", autoAck: true, CancellationToken));
    }

    [Fact]
    public async Task A_request_without_an_id_is_answered_under_one_made_of_its_body()
    {
        await Producer.PublishRawAsync($$"""{ "body": { {{Messages}} } }""", "default.standard", "correlated", properties => properties.ClearMessageId());

        var reply = await Producer.ReplyAsync("correlated");
        Assert.Equal("InvalidRequest", reply.Reason);
        Assert.StartsWith("unidentified-", reply.Body.GetProperty("requestId").GetString(), StringComparison.Ordinal);
    }

    private async Task IsRecordedWithoutCallOrDeadLetterAsync(string id, string reason)
    {
        var status = await Broker.StatusAsync(id);
        Assert.Equal((ClaimState.Finished, reason), (status.Claim.State, status.Claim.Failure?.ToString()));
        Assert.Empty(status.Attempts);
        Assert.Equal(0, await Broker.ScalarAsync<long>("SELECT count(*) FROM dead_letters"));
        Assert.Equal(1, await Broker.ScalarAsync<long>($"SELECT count(*) FROM outcomes WHERE request_id = '{id}'"));
    }
}
