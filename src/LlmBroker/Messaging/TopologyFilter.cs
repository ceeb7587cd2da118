using System.Runtime.CompilerServices;
using LlmBroker.Configuration;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace LlmBroker.Messaging;

/// <summary>
/// Declares <see cref="BrokerTopology"/> before an endpoint consumes: once for each connection, so also after a reconnect. Every endpoint
/// waits for it, and the first one's channel does the work.
/// </summary>
internal sealed class TopologyFilter(LiveConfiguration configuration) : IFilter<ChannelContext>
{
    private readonly ConditionalWeakTable<ConnectionContext, Task> declared = [];
    private readonly Lock gate = new();

    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        await DeclareOnceAsync(context);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("llm-topology");

    private Task DeclareOnceAsync(ChannelContext context)
    {
        lock (gate)
        {
            // A declaration that failed took its channel with it; the next endpoint tries again on its own.
            if (declared.TryGetValue(context.ConnectionContext, out var known) && !known.IsFaulted && !known.IsCanceled)
                return known;

            var deployments = configuration.Catalog.Deployments.Select(deployment => deployment.Name);
            var declaring = BrokerTopology.DeclareAsync(context.Channel, deployments, context.CancellationToken);
            declared.AddOrUpdate(context.ConnectionContext, declaring);
            return declaring;
        }
    }
}
