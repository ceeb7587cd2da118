using System.Text;
using LlmBroker.Contracts;
using LlmBroker.DeadLetters;
using LlmBroker.IntegrationTests.RealParts;
using LlmBroker.IntegrationTests.Submit;
using MassTransit;
using RabbitMQ.Client;

namespace LlmBroker.IntegrationTests.Broker;

/// <summary>What producers say about answers reaches the ledger, whoever they are, and nothing of it is lost without a word.</summary>
public sealed class FeedbackTests(RealPartsFixture parts) : BrokerTests(parts)
{
    [Fact]
    public async Task Feedback_by_plain_AMQP_is_stored_and_a_message_published_twice_once()
    {
        var id = await AnsweredAsync();
        for (var copy = 0; copy < 2; copy++)
            await PublishAsync($$"""{ "requestId": "{{id}}", "verdict": "rejected", "score": 0.2, "comment": "too short", "later": 1 }""", messageId: "f1");
        await PublishAsync($$"""{ "requestId": "{{id}}", "verdict": "accepted", "source": "test" }""");

        await Eventually.HoldsAsync(async _ => await RowsAsync(id) == "test:accepted: user:rejected:0.2", "both are stored", CancellationToken);
        Assert.Empty(await LettersAsync());
    }

    [Fact]
    public async Task Feedback_of_a_stock_MassTransit_producer_is_stored()
    {
        var id = await AnsweredAsync();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbitMq => rabbitMq.Host(
            Broker.Amqp.Host, (ushort)Broker.Amqp.Port, Uri.UnescapeDataString(Broker.Amqp.AbsolutePath[1..]), host =>
            {
                host.Username(Parts.RabbitMq.User);
                host.Password(Parts.RabbitMq.Password);
            }));
        await bus.StartAsync(CancellationToken);
        try
        {
            await bus.Publish(new SubmitFeedback { RequestId = id, Score = 0.75, Source = "masstransit" }, CancellationToken);
            await Eventually.HoldsAsync(async _ => await RowsAsync(id) == "masstransit::0.75", "it is stored", CancellationToken);
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task The_command_sends_what_is_stored()
    {
        var id = await AnsweredAsync();

        var (exitCode, _, errors) = await CommandProcess.RunAsync(Broker.Amqp, CancellationToken, "feedback", id, "--rejected", "--source", "reviewer");
        Assert.True(exitCode == 0, errors);
        await Eventually.HoldsAsync(async _ => await RowsAsync(id) == "reviewer:rejected:", "it is stored", CancellationToken);

        Assert.NotEqual(0, (await CommandProcess.RunAsync(Broker.Amqp, CancellationToken, "feedback", id)).ExitCode);
        Assert.NotEqual(0, (await CommandProcess.RunAsync(Broker.Amqp, CancellationToken, "feedback", id, "--accepted", "--rejected")).ExitCode);
        Assert.NotEqual(0, (await CommandProcess.RunAsync(Broker.Amqp, CancellationToken, "feedback", id, "--score", "2")).ExitCode);
    }

    [Theory]
    [InlineData("not json", FailureReason.Unreadable, "Not a SubmitFeedback")]
    [InlineData("""{ "requestId": "nobody", "score": 1 }""", FailureReason.InvalidRequest, "has no request 'nobody'")]
    [InlineData("""{ "requestId": "nobody" }""", FailureReason.InvalidRequest, "Neither 'verdict' nor 'score'")]
    public async Task Feedback_that_cannot_be_used_is_a_dead_letter_with_the_reason(string body, FailureReason reason, string error)
    {
        await PublishAsync(body);

        await Eventually.HoldsAsync(async _ => (await LettersAsync()).Count == 1, "the dead letter is there", CancellationToken);
        var letter = Assert.Single(await LettersAsync()).Letter;
        Assert.Equal((reason, "llm.feedback/default"), (letter.Reason, letter.Source));
        Assert.Contains(error, letter.Error, StringComparison.Ordinal);
    }

    private async Task<string> AnsweredAsync()
    {
        var id = await Producer.PublishAsync(Broker.Model());
        Assert.True((await Producer.ReplyAsync(id)).IsCompleted);
        return id;
    }

    private Task PublishAsync(string body, string? messageId = null) => Producer.Channel.BasicPublishAsync(
        "llm.feedback", "default", mandatory: true, new BasicProperties { MessageId = messageId }, Encoding.UTF8.GetBytes(body), CancellationToken).AsTask();

    private Task<string?> RowsAsync(string id) => Broker.ScalarAsync<string>(
        $"SELECT string_agg(source || ':' || coalesce(verdict, '') || ':' || coalesce(score::text, ''), ' ' ORDER BY source) FROM feedback WHERE request_id = '{id}' AND run = 1");

    private Task<IReadOnlyList<StoredDeadLetter>> LettersAsync() => Broker.DeadLetters.ListAsync(new DeadLetterFilter(), CancellationToken);
}
