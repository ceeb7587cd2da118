using LlmBroker.Cli.Amqp;
using LlmBroker.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace LlmBroker.Cli.Send;

/// <summary>One request and its reply by RabbitMQ's direct reply-to, which needs no queue.</summary>
internal static class Exchange
{
    /// <exception cref="TimeoutException">No reply in time; the message says how to get it later.</exception>
    /// <exception cref="BrokerRefusedException">RabbitMQ did not take the request, or the connection broke.</exception>
    public static async Task<Reply> AskAsync(BrokerLink link, Question question, TimeProvider time, CancellationToken cancellationToken)
    {
        var requestId = $"send-{Guid.CreateVersion7(time.GetUtcNow()):N}";
        var replied = new TaskCompletionSource<Reply>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var lost = link.Lost.Register(() => replied.TrySetException(BrokerRefusedException.Lost(requestId)));
        var consumer = new AsyncEventingBasicConsumer(link.Channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            if (delivery.BasicProperties.CorrelationId == requestId)
                replied.TrySetResult(Reply.Read(link, delivery));
            return Task.CompletedTask;
        };
        await link.Channel.BasicConsumeAsync(ReplyQueueRule.DirectReplyTo, autoAck: true, consumer, cancellationToken);

        var request = question.ToRequest(requestId, time.GetUtcNow());
        await link.PublishOnceAsync(BrokerMessage.Request(question.Tenant, question.Lane, request, ReplyQueueRule.DirectReplyTo), cancellationToken);
        try
        {
            return await replied.Task.WaitAsync(question.Timeout, time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"No reply within {question.Timeout:c}. Is a process with the roles router and worker running? " +
                $"A reply that comes later is kept under the request's id {requestId}.", exception);
        }
    }
}
