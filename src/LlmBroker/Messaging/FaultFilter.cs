using LlmBroker.Contracts;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>
/// Where a consumer let an exception out: the delivery goes to the dead-letter queue instead of an <c>_error</c> queue. One that broke off
/// (the process stops, a confirm never came) has not failed: its delivery goes back to its queue.
/// </summary>
internal sealed class FaultFilter(MessageSender sender) : IFilter<ExceptionReceiveContext>, IFilter<ReceiveContext>
{
    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        // This is what MassTransit makes of an OperationCanceledException that is not its own; what leaves here is a nack with requeue.
        if (context.Exception.GetBaseException() is ConsumerCanceledException)
            throw new OperationCanceledException("The consumer broke off; the delivery goes back to its queue.");

        await DeadLetterAsync(context, context.Exception.GetType().Name, context.CancellationToken);
        if (!context.IsFaulted)
            await context.NotifyFaulted(context.Exception);
    }

    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) =>
        DeadLetterAsync(context, "no consumer took the message", context.CancellationToken);

    public void Probe(ProbeContext context) => context.CreateFilterScope("llm-fault");

    private Task DeadLetterAsync(ReceiveContext context, string error, CancellationToken cancellationToken)
    {
        var delivery = context.TryGetPayload<RabbitMqBasicConsumeContext>(out var amqp)
            ? new Delivery
            {
                Body = context.Body.GetBytes(),
                Exchange = amqp.Exchange,
                RoutingKey = amqp.RoutingKey ?? "",
                MessageId = amqp.Properties.MessageId,
                CorrelationId = amqp.Properties.CorrelationId,
                ReplyTo = amqp.Properties.ReplyTo,
                UserId = amqp.Properties.UserId,
            }
            : new Delivery { Body = context.Body.GetBytes(), Exchange = BrokerTopology.IsWorkQueue(context.InputAddress.Segments[^1]) ? BrokerTopology.Work : "" };
        return sender.SendDeadLetterAsync(delivery, FailureReason.Internal, error, cancellationToken);
    }
}
