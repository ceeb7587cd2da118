using LlmBroker.DeadLetters;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Takes what RabbitMQ or a consumer dead-lettered.</summary>
internal sealed class DeadLetterConsumer(DeadLetterRecorder recorder, DeliveryHold hold) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context)
    {
        var delivery = Delivery.From(context);
        return hold.WithinAsync(cancellationToken => recorder.RecordAsync(delivery, cancellationToken), context.CancellationToken);
    }
}
