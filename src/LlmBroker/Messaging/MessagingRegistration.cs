using LlmBroker.Configuration;
using MassTransit;
using MassTransit.Transports.Fabric;
using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Messaging;

/// <summary>Puts the bus together: the endpoints of the roles that this process plays, on either transport.</summary>
internal static class MessagingRegistration
{
    /// <summary>What it takes to record and hand back what was still under way when the time for draining is over.</summary>
    public static readonly TimeSpan HandBackTime = TimeSpan.FromSeconds(5);

    /// <summary>Each takes a connection to the ledger's database for a transaction of its own; a burst of them must not take all.</summary>
    private const ushort FeedbackPrefetch = 16;

    public static IServiceCollection AddMessaging(this IServiceCollection services, BrokerOptions options, RabbitMqConnection connection, BrokerRoles roles)
    {
        var transport = options.RabbitMq.InMemory ? TransportKind.InMemory : TransportKind.RabbitMq;
        services.AddSingleton(typeof(TransportKind), transport);
        // Lazy, since the bus is built from consumers that send.
        services.AddSingleton(provider => new Lazy<IBus>(provider.GetRequiredService<IBus>));
        services.AddSingleton<RabbitMqWatch>();
        services.AddSingleton<SecondOpinion>();
        services.AddSingleton<TopologyRepair>();
        services.AddSingleton(provider => new DeliveryHold(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<MessageSender>();
        if (transport == TransportKind.InMemory)
            services.AddSingleton<EmbeddedClient>();
        services.AddSingleton<RoutingConsumer>();
        services.AddSingleton<CancelConsumer>();
        services.AddSingleton<FeedbackConsumer>();
        services.AddSingleton<InferenceConsumer>();
        services.AddSingleton<ControlConsumer>();
        services.AddSingleton<DeadLetterConsumer>();
        services.AddSingleton<FaultFilter>();
        services.AddSingleton<TopologyFilter>();
        services.AddSingleton<LostConnectionFilter>();
        services.AddSingleton<WorkEndpoints>();
        services.Configure<MassTransitHostOptions>(host =>
        {
            // Without it the first publish may come before the exchanges are there.
            host.WaitUntilStarted = true;
            host.StartTimeout = TimeSpan.FromMinutes(2);
            host.StopTimeout = options.Limits.DrainTimeout + HandBackTime;
        });
        services.AddBusObserver<DrainObserver>();
        services.AddSendObserver<OfferObserver>();
        services.AddMassTransit(bus =>
        {
            // The library would report its use to its vendor; a broker that holds other people's prompts calls nobody unasked.
            bus.DisableUsageTelemetry();
            if (transport == TransportKind.InMemory)
                bus.UsingInMemory((context, configurator) => ConfigureInMemory(context, configurator, roles));
            else
                bus.UsingRabbitMq((context, configurator) => ConfigureRabbitMq(context, configurator, options, connection, roles));
        });
        if (transport == TransportKind.RabbitMq)
        {
            services.AddSingleton<OutagePause>();
            services.AddReceiveEndpointObserver(provider => provider.GetRequiredService<OutagePause>());
            services.AddHostedService(provider => provider.GetRequiredService<OutagePause>());
        }

        return services;
    }

    private static void ConfigureRabbitMq(
        IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator bus, BrokerOptions options, RabbitMqConnection connection, BrokerRoles roles)
    {
        var watch = context.GetRequiredService<RabbitMqWatch>();
        var topology = context.GetRequiredService<TopologyFilter>();
        var lost = context.GetRequiredService<LostConnectionFilter>();
        var faults = context.GetRequiredService<FaultFilter>();
        connection.Configure(bus, watch);
        UseBytes(bus);

        if (roles.HasFlag(BrokerRoles.Router))
        {
            var router = context.GetRequiredService<RoutingConsumer>();
            foreach (var queue in Lane.All.Select(BrokerTopology.RouteQueue).Append(BrokerTopology.UnroutedQueue))
                Endpoint(queue, BrokerTopology.ConsumedQueueArguments(), options.RabbitMq.Prefetch, router);

            Endpoint(BrokerTopology.Feedback, BrokerTopology.ConsumedQueueArguments(), FeedbackPrefetch, context.GetRequiredService<FeedbackConsumer>());
            TerminalEndpoint(BrokerTopology.CancelQueue, context.GetRequiredService<CancelConsumer>());
            TerminalEndpoint(BrokerTopology.DeadLetter, context.GetRequiredService<DeadLetterConsumer>());
        }

        ControlEndpoint(context.GetRequiredService<ControlConsumer>());

        void Endpoint<TConsumer>(string queue, Dictionary<string, object?> arguments, ushort prefetch, TConsumer consumer)
            where TConsumer : class, IConsumer<IncomingMessage> =>
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                ConfigureQueue(endpoint, arguments, prefetch, topology, lost);
                ConfigurePipes(endpoint, faults);
                endpoint.Instance(consumer);
            });

        void TerminalEndpoint<TConsumer>(string queue, TConsumer consumer)
            where TConsumer : class, IConsumer<IncomingMessage> =>
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                // Its arguments depend on who made it, which MassTransit's own declaration could not know.
                endpoint.BindQueue = false;
                ConfigureQueue(endpoint, [], options.RabbitMq.Prefetch, topology, lost);
                ConfigurePipes(endpoint, faults);
                endpoint.Instance(consumer);
            });

        void ControlEndpoint(ControlConsumer consumer) =>
            bus.ReceiveEndpoint($"llm.control.{Environment.MachineName}.{Guid.NewGuid():N}", endpoint =>
            {
                endpoint.AutoDelete = true;
                endpoint.Durable = false;
                endpoint.ConfigureChannel(channel => channel.UseFilter(lost));
                endpoint.ConfigureConsumeTopology = false;
                endpoint.PublishFaults = false;
                endpoint.DiscardFaultedMessages();
                endpoint.DiscardSkippedMessages();
                endpoint.Bind(BrokerTopology.Control);
                endpoint.Instance(consumer);
            });
    }

    private static void ConfigureInMemory(IBusRegistrationContext context, IInMemoryBusFactoryConfigurator bus, BrokerRoles roles)
    {
        var faults = context.GetRequiredService<FaultFilter>();
        UseBytes(bus);
        if (roles.HasFlag(BrokerRoles.Router))
        {
            var router = context.GetRequiredService<RoutingConsumer>();
            foreach (var lane in Lane.All)
                Endpoint(BrokerTopology.RouteQueue(lane), BrokerTopology.Requests, ExchangeType.Topic, $"*.{lane}", router);
            Endpoint(BrokerTopology.CancelQueue, BrokerTopology.Requests, ExchangeType.Topic, "*.cancel", context.GetRequiredService<CancelConsumer>());
            Endpoint(BrokerTopology.Feedback, null, ExchangeType.FanOut, null, context.GetRequiredService<FeedbackConsumer>());
            Endpoint(BrokerTopology.DeadLetter, null, ExchangeType.FanOut, null, context.GetRequiredService<DeadLetterConsumer>());
        }

        Endpoint("llm.control.here", BrokerTopology.Control, ExchangeType.FanOut, null, context.GetRequiredService<ControlConsumer>());

        void Endpoint<TConsumer>(string queue, string? exchange, ExchangeType type, string? key, TConsumer consumer)
            where TConsumer : class, IConsumer<IncomingMessage> =>
            bus.ReceiveEndpoint(queue, endpoint =>
            {
                ConfigurePipes(endpoint, faults);
                if (exchange is not null && endpoint is IInMemoryReceiveEndpointConfigurator memory)
                    memory.Bind(exchange, type, key);
                endpoint.Instance(consumer);
            });
    }

    private static void UseBytes(IBusFactoryConfigurator bus)
    {
        bus.ClearSerialization();
        bus.AddSerializer(BytesSerializer.Json);
        bus.AddDeserializer(BytesSerializer.Json, isDefault: true);
    }

    /// <summary>A queue of <see cref="BrokerTopology"/>, declared there before it is consumed.</summary>
    public static void ConfigureQueue(
        IRabbitMqReceiveEndpointConfigurator endpoint, Dictionary<string, object?> arguments, ushort prefetch, TopologyFilter topology, LostConnectionFilter lost)
    {
        foreach (var (name, value) in arguments)
            endpoint.SetQueueArgument(name, value);
        endpoint.PrefetchCount = prefetch;
        endpoint.ConfigureChannel(channel =>
        {
            channel.UseFilter(lost);
            channel.UseFilter(topology.ForEndpoint());
        });
    }

    public static void ConfigurePipes(IReceiveEndpointConfigurator endpoint, FaultFilter faults)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        endpoint.ConfigureError(pipe => pipe.UseFilter(faults));
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(faults));
    }
}
