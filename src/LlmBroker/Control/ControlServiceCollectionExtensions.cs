using Microsoft.Extensions.DependencyInjection;

namespace LlmBroker.Control;

internal static class ControlServiceCollectionExtensions
{
    /// <summary>
    /// What lets processes act alike. Register it behind the ledger and before the bus: the overrides are then in force when the first
    /// delivery comes.
    /// </summary>
    public static IServiceCollection AddControl(this IServiceCollection services)
    {
        services.AddSingleton<ConfigurationSignal>();
        services.AddSingleton<DeploymentHolds>();
        services.AddSingleton<DeploymentSignals>();
        services.AddSingleton<FleetView>();
        services.AddSingleton<ControlOutbox>();
        services.AddHostedService(provider => provider.GetRequiredService<ControlOutbox>());
        services.AddHostedService<ConfigurationFollower>();
        return services;
    }
}
