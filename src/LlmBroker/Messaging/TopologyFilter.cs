using MassTransit;
using MassTransit.RabbitMqTransport;

namespace LlmBroker.Messaging;

/// <summary>Declares <see cref="BrokerTopology"/> on an endpoint's channel before it consumes, also after a reconnect.</summary>
internal sealed class TopologyFilter(IReadOnlyList<string> deployments) : IFilter<ChannelContext>
{
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        await BrokerTopology.DeclareAsync(context.Channel, deployments, context.CancellationToken);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("llm-topology");
}
