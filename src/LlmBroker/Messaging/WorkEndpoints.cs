using System.Collections.Concurrent;
using LlmBroker.Configuration;
using LlmBroker.Inference;
using LlmBroker.Ledger;
using LlmBroker.Models;
using MassTransit;
using MassTransit.Transports.Fabric;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmBroker.Messaging;

/// <summary>
/// Consumes the work queues of the deployments that are configured, and of those that were: what lies in the queue of a removed one goes
/// to its fallbacks. A paused lane is not consumed, so its requests stay in RabbitMQ.
/// </summary>
internal sealed partial class WorkEndpoints(
    LiveConfiguration configuration,
    InferenceConsumer consumer,
    IReceiveEndpointConnector connector,
    TransportKind transport,
    BrokerRoles roles,
    RabbitMqConnection connection,
    TopologyFilter topology,
    LostConnectionFilter lost,
    FaultFilter faults,
    SweepStore ledger,
    TimeProvider time,
    ILogger<WorkEndpoints> logger,
    OutagePause? outages = null) : IHostedService, IDisposable
{
    private static readonly TimeSpan AdoptionRetry = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Deployment, string Lane), WorkEndpoint> endpoints = new();
    private readonly CancellationTokenSource stopping = new();
    private Task adopting = Task.CompletedTask;
    private volatile bool isStarted;

    /// <summary>Runs after the bus has started, and returns when everything is consumed.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        isStarted = true;
        Follow();
        adopting = AdoptAsync();
        await Task.WhenAll(endpoints.Values.Select(endpoint => endpoint.Change)).WaitAsync(cancellationToken);
    }

    /// <summary>The bus stops the endpoints, and waits for their calls.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        isStarted = false;
        await stopping.CancelAsync();
        await adopting;
        await Task.WhenAll(endpoints.Values.Select(endpoint => endpoint.Change)).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        stopping.Dispose();
        foreach (var endpoint in endpoints.Values)
            endpoint.Dispose();
    }

    /// <summary>Makes the queues of deployments that come, before anybody sends to them.</summary>
    public async Task DeclareAsync(IReadOnlyList<string> deployments, CancellationToken cancellationToken)
    {
        if (deployments.Count == 0 || transport == TransportKind.InMemory)
            return;

        await using var open = await connection.CreateFactory("llmbroker topology").CreateConnectionAsync(cancellationToken);
        await using var channel = await open.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var deployment in deployments)
            await BrokerTopology.DeclareWorkQueuesAsync(channel, deployment, cancellationToken);
    }

    /// <summary>Starts and stops consumers as the configuration says. Returns at once; what failed is tried again by the next call.</summary>
    public void Follow()
    {
        if (!isStarted || !roles.HasFlag(BrokerRoles.Worker))
            return;

        var catalog = configuration.Catalog;
        foreach (var deployment in catalog.Deployments)
        {
            foreach (var lane in Lane.All)
                Want(deployment.Name, lane, deployment.Options.Lanes.Of(lane) == LaneState.Paused ? (ushort)0 : PrefetchOf(deployment, lane));
        }

        foreach (var (key, endpoint) in endpoints)
        {
            if (catalog.FindDeployment(key.Deployment) is null)
                Want(key.Deployment, key.Lane, Math.Max(endpoint.Prefetch, (ushort)1));
        }
    }

    /// <summary>
    /// Takes over the queues of deployments that were removed before this process started, where requests are left. Beside the start, which
    /// must not wait for a ledger that is away.
    /// </summary>
    private async Task AdoptAsync()
    {
        if (!roles.HasFlag(BrokerRoles.Worker))
            return;

        while (!stopping.IsCancellationRequested)
        {
            try
            {
                foreach (var (deployment, lane) in await ledger.GetOccupiedAsync(stopping.Token))
                {
                    if (configuration.Catalog.FindDeployment(deployment) is null && Lane.IsKnown(lane))
                        Want(deployment, lane, 1);
                }

                return;
            }
            catch (LedgerUnavailableException)
            {
                await Task.Delay(AdoptionRetry, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Want(string deployment, string lane, ushort prefetch)
    {
        var endpoint = endpoints.GetOrAdd((deployment, lane), key => new WorkEndpoint(
            wanted => Connect(key.Deployment, key.Lane, wanted), leaving => outages?.Forget(leaving)));
        if (!endpoint.IsOrWillBe(prefetch))
            endpoint.Change = ChangeAsync(endpoint, deployment, lane, prefetch);
    }

    private async Task ChangeAsync(WorkEndpoint endpoint, string deployment, string lane, ushort prefetch)
    {
        await Task.Yield();
        try
        {
            await endpoint.FollowAsync(prefetch, stopping.Token);
            LogFollows(deployment, lane, prefetch);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The bus stops all of them.
        }
        catch (Exception exception) when (exception is MassTransitException or RabbitMQ.Client.Exceptions.RabbitMQClientException or IOException)
        {
            LogFailed(exception, deployment, lane);
        }
    }

    private HostReceiveEndpointHandle Connect(string deployment, string lane, ushort prefetch) =>
        connector.ConnectReceiveEndpoint(BrokerTopology.WorkQueue(deployment, lane), (_, endpoint) =>
        {
            MessagingRegistration.ConfigurePipes(endpoint, faults);
            if (endpoint is IRabbitMqReceiveEndpointConfigurator amqp)
                MessagingRegistration.ConfigureQueue(amqp, BrokerTopology.ConsumedQueueArguments(), prefetch, topology, lost);
            else if (endpoint is IInMemoryReceiveEndpointConfigurator memory)
                memory.Bind(BrokerTopology.Work, ExchangeType.Direct, BrokerTopology.WorkKey(deployment, lane));
            endpoint.Instance(consumer);
        });

    /// <summary>No more deliveries than can have a call under way; the rest stays in RabbitMQ for other workers.</summary>
    private static ushort PrefetchOf(Deployment deployment, string lane)
    {
        var slots = lane == Lane.Interactive
            ? deployment.Options.MaxConcurrentCalls
            : LaneSlots.OthersOf(deployment.Options.MaxConcurrentCalls, deployment.Options.InteractiveShare);
        return (ushort)Math.Min(slots, ushort.MaxValue);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Deployment}.{Lane} is consumed with prefetch {Prefetch} (0: not at all)")]
    private partial void LogFollows(string deployment, string lane, ushort prefetch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Deployment}.{Lane} cannot be consumed as configured; tried again within seconds")]
    private partial void LogFailed(Exception exception, string deployment, string lane);
}
