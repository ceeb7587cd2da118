using LlmBroker.Cascade;
using LlmBroker.Configuration;
using LlmBroker.Control;
using LlmBroker.DeadLetters;
using LlmBroker.Inference;
using LlmBroker.Learning;
using LlmBroker.Ledger;
using LlmBroker.Messaging;
using LlmBroker.Providers;
using LlmBroker.Routing;
using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Prediction;
using LlmBroker.Telemetry;
using LlmBroker.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace LlmBroker;

/// <summary>Puts a broker process together out of its configuration.</summary>
public static class BrokerRegistration
{
    /// <summary>
    /// Runs the broker in a host of one's own. Vendors of one's own come before it, by
    /// <see cref="ModelProviderExtensions.AddModelProvider"/>: the configuration may name no other.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configurationFile">Null: the file that <c>LLMBROKER_CONFIG</c> names, else <c>./llmbroker.json</c>.</param>
    /// <param name="roles">What the process does.</param>
    /// <exception cref="BrokerConfigurationException">The configuration cannot be used; the message lists every fault.</exception>
    public static IServiceCollection AddBroker(this IServiceCollection services, string? configurationFile = null, BrokerRoles roles = BrokerRoles.All)
    {
        ArgumentNullException.ThrowIfNull(services);
        var own = services.Select(service => service.ImplementationInstance).OfType<ModelProviderType>().Select(type => type.Name);
        var types = VendorTypes.Names.Concat(own).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return services.AddBroker(BrokerConfiguration.Load(configurationFile, types, ConfigurationNeeds.All), roles);
    }

    /// <summary>Registers the roles. Hosted services stop in reverse: the bus first, then the lease and the ledger's writer.</summary>
    internal static IServiceCollection AddBroker(this IServiceCollection services, BrokerConfiguration configuration, BrokerRoles roles)
    {
        var options = configuration.Options;
        services.AddSingleton(configuration);
        services.AddSingleton(new LiveConfiguration(options));
        services.AddSingleton(typeof(BrokerRoles), roles);
        services.AddSingleton(configuration.Secrets);
        services.TryAddSingleton(TimeProvider.System);

        services.AddLedger(LedgerConnection.Complete(options.Ledger, configuration.Secrets), options.Tenants);
        services.AddSingleton<TenantDirectory>();
        services.AddHostedService(provider => provider.GetRequiredService<TenantDirectory>());

        services.AddBuiltInModelProviders();
        services.AddSingleton<ProviderAccountSource>();
        services.AddControl();
        services.AddHostedService(provider => provider.GetRequiredService<RoutingModelFollower>());
        services.AddHostedService<LanguagePreparation>();
        services.AddRouteResolver();
        services.AddSingleton<ShadowTraffic>();
        services.AddHostedService(provider => provider.GetRequiredService<ShadowTraffic>());
        services.AddSingleton<FeatureKeeper>();
        services.AddSingleton<RequestRouter>();
        services.AddHostedService<CascadeNamesCheck>();
        services.AddSingleton<DeploymentPipelines>();
        services.AddSingleton(provider => new RunningRequests(
            options.Limits, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RunningRequests>>()));
        services.AddSingleton<BodyLoader>();
        services.AddSingleton<ReplySender>();
        services.AddCompletionValidators();
        services.AddSingleton<AnswerJudge>();
        services.AddSingleton<AnswerReview>();
        services.AddSingleton<RunEndings>();
        services.AddSingleton<RequestRunner>();
        services.AddSingleton<DeadLetterRecorder>();
        services.AddDeadLetterRedrive();

        var connection = new RabbitMqConnection(options.RabbitMq, configuration.Secrets.Resolve(options.RabbitMq.Password)?.Reveal());
        services.AddSingleton(connection);
        services.AddMessaging(options, connection, roles);
        services.AddHostedService<RequestSweeper>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<WorkEndpoints>());
        services.AddHostedService<FleetReporter>();
        services.AddBrokerTelemetry(options.Telemetry);
        // Time for the bus to drain and hand back, and for the ledger's writer and lease after it.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Limits.DrainTimeout + TimeSpan.FromSeconds(20));
        return services;
    }

    private static void AddBrokerTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        if (options.OtlpEndpoint is not { } endpoint)
            return;

        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(BrokerTelemetry.Name))
            .WithMetrics(metrics => metrics.AddMeter(BrokerTelemetry.Name))
            .UseOtlpExporter(OpenTelemetry.Exporter.OtlpExportProtocol.Grpc, endpoint);
    }
}
