using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Messaging;
using RabbitMQ.Client.Events;

namespace LlmBroker.Cli.Amqp;

/// <summary>A delivery from a reply queue.</summary>
/// <param name="Link">Where it came from and can be acked.</param>
/// <param name="Tag">Its delivery tag there.</param>
/// <param name="ReplyId">Stable over redeliveries.</param>
/// <param name="CorrelationId">The request's id.</param>
/// <param name="Completed">The answer, or null.</param>
/// <param name="Failed">The failure, or null. A message that is no reply has neither.</param>
internal sealed record Reply(BrokerLink? Link, ulong Tag, string ReplyId, string? CorrelationId, InferenceCompleted? Completed, InferenceFailed? Failed)
{
    /// <summary>Reads it while the body is valid, which is as long as the delivery's handler runs.</summary>
    public static Reply Read(BrokerLink? link, BasicDeliverEventArgs delivery)
    {
        var properties = delivery.BasicProperties;
        InferenceCompleted? completed = null;
        InferenceFailed? failed = null;
        try
        {
            if (properties.Type == nameof(InferenceCompleted))
                completed = WireJson.Read<InferenceCompleted>(delivery.Body.Span);
            else if (properties.Type == nameof(InferenceFailed))
                failed = WireJson.Read<InferenceFailed>(delivery.Body.Span);
        }
        catch (JsonException)
        {
            // No reply of the broker's: what it is instead is for whoever reads the queue to say.
        }

        return new Reply(link, delivery.DeliveryTag, properties.MessageId ?? "", properties.CorrelationId, completed, failed);
    }
}
