using LlmBroker.Routing;
using MassTransit;

namespace LlmBroker.Messaging;

/// <summary>Takes published requests from the route queues.</summary>
internal sealed class RoutingConsumer(RequestRouter router) : IConsumer<IncomingMessage>
{
    public Task Consume(ConsumeContext<IncomingMessage> context) => router.RouteAsync(Delivery.From(context), context.CancellationToken);
}
