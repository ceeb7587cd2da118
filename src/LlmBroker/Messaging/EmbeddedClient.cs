using LlmBroker.Contracts;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>A producer inside the process, for the embedded mode, where no other can reach the queues.</summary>
internal sealed class EmbeddedClient(IBus bus, IReceiveEndpointConnector connector)
{
    private const string ReplyQueue = "reply.embedded";

    /// <summary>Takes every reply; the handler may be called by several threads at once.</summary>
    public async Task ListenAsync(Func<Delivery, Task> handler)
    {
        var handle = connector.ConnectReceiveEndpoint(ReplyQueue, (_, endpoint) =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PublishFaults = false;
            endpoint.Instance(new ReplyConsumer(handler));
        });
        await handle.Ready;
    }

    public async Task PublishAsync(SubmitInference request, string tenant, string lane, CancellationToken cancellationToken)
    {
        var message = new OutgoingMessage
        {
            Body = WireJson.ToBytes(request),
            Type = nameof(SubmitInference),
            RoutingKey = $"{tenant}.{lane}",
            MessageId = request.RequestId,
            CorrelationId = request.RequestId,
            ReplyTo = ReplyQueue,
        };
        var endpoint = await bus.GetSendEndpoint(new Uri($"exchange:{BrokerTopology.Requests}?type=Topic"));
        await endpoint.Send(message, message, cancellationToken);
    }

    private sealed class ReplyConsumer(Func<Delivery, Task> handler) : IConsumer<IncomingMessage>
    {
        public Task Consume(ConsumeContext<IncomingMessage> context) => handler(Delivery.From(context));
    }
}
