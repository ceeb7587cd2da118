using System.Runtime.CompilerServices;
using LlmBroker.Configuration;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace LlmBroker.Messaging;

/// <summary>
/// Declares <see cref="BrokerTopology"/> before an endpoint consumes: once for each connection, so also after a reconnect. Every endpoint
/// waits for it, and the first one's channel does the work. An endpoint that starts a second time on one connection lost its queue, which
/// somebody deleted: then everything is declared again.
/// </summary>
internal sealed class TopologyFilter(LiveConfiguration configuration, RabbitMqWatch watch)
{
    private readonly ConditionalWeakTable<ConnectionContext, Task> declared = [];
    private readonly Lock gate = new();

    /// <summary>The filter of one endpoint.</summary>
    public IFilter<ChannelContext> ForEndpoint() => new EndpointFilter(this);

    private Task DeclareOnceAsync(ChannelContext context, bool isSecondTime)
    {
        lock (gate)
        {
            var isKnown = declared.TryGetValue(context.ConnectionContext, out var known);
            if (!isKnown)
                watch.Follow(context.ConnectionContext.Connection);

            // A declaration that failed took its channel with it; the next endpoint tries again on its own.
            if (!isSecondTime && isKnown && !known!.IsFaulted && !known.IsCanceled)
                return known;

            var deployments = configuration.Catalog.Deployments.Select(deployment => deployment.Name);
            var declaring = BrokerTopology.DeclareAsync(context.Channel, deployments, context.CancellationToken);
            declared.AddOrUpdate(context.ConnectionContext, declaring);
            return declaring;
        }
    }

    private sealed class EndpointFilter(TopologyFilter owner) : IFilter<ChannelContext>
    {
        private readonly WeakReference<ConnectionContext?> last = new(null);

        public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
        {
            var isSecondTime = last.TryGetTarget(out var connection) && ReferenceEquals(connection, context.ConnectionContext);
            last.SetTarget(context.ConnectionContext);
            await owner.DeclareOnceAsync(context, isSecondTime);
            await next.Send(context);
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("llm-topology");
    }
}
