using System.Runtime.CompilerServices;
using LlmBroker.Configuration;
using MassTransit;
using MassTransit.RabbitMqTransport;

namespace LlmBroker.Messaging;

/// <summary>
/// Declares <see cref="BrokerTopology"/> before an endpoint consumes: once for each connection, so also after a reconnect. Every endpoint
/// waits for it, and the first one's channel does the work. An endpoint that starts a second time on one connection may have lost its queue,
/// which somebody deleted: then everything is declared again, once for all endpoints that do.
/// </summary>
internal sealed class TopologyFilter(LiveConfiguration configuration, RabbitMqWatch watch)
{
    private readonly ConditionalWeakTable<ConnectionContext, Declaration> declared = [];
    private readonly Lock gate = new();

    /// <summary>The filter of one endpoint.</summary>
    public IFilter<ChannelContext> ForEndpoint() => new EndpointFilter(this);

    /// <param name="context">The channel of the endpoint that starts.</param>
    /// <param name="before">The declaration that served this endpoint the last time: it needs a later one.</param>
    private Declaration Declare(ChannelContext context, Declaration? before)
    {
        lock (gate)
        {
            var isKnown = declared.TryGetValue(context.ConnectionContext, out var known);
            if (!isKnown)
                watch.Follow(context.ConnectionContext.Connection);

            // A declaration that failed took its channel with it; the next endpoint tries again on its own.
            if (isKnown && !ReferenceEquals(known, before) && !known!.Done.IsFaulted && !known.Done.IsCanceled)
                return known;

            var deployments = configuration.Catalog.Deployments.Select(deployment => deployment.Name);
            var declaring = new Declaration(BrokerTopology.DeclareAsync(context.ConnectionContext.Connection, context.Channel, deployments, context.CancellationToken));
            declared.AddOrUpdate(context.ConnectionContext, declaring);
            return declaring;
        }
    }

    private sealed record Declaration(Task Done);

    private sealed class EndpointFilter(TopologyFilter owner) : IFilter<ChannelContext>
    {
        private Declaration? last;

        public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
        {
            last = owner.Declare(context, before: last);
            await last.Done;
            await next.Send(context);
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("llm-topology");
    }
}
