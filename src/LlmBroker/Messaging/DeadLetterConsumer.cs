using LlmBroker.DeadLetters;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Takes what RabbitMQ or a consumer dead-lettered.</summary>
internal sealed class DeadLetterConsumer(DeadLetterRecorder recorder) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context) => recorder.RecordAsync(Delivery.From(context), context.CancellationToken);
}
