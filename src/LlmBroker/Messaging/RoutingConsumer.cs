using LlmBroker.Routing;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Takes published requests from the route queues.</summary>
internal sealed class RoutingConsumer(RequestRouter router, DeliveryHold hold) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context)
    {
        var delivery = Delivery.From(context);
        return hold.WithinAsync(cancellationToken => router.RouteAsync(delivery, cancellationToken), context.CancellationToken);
    }
}
