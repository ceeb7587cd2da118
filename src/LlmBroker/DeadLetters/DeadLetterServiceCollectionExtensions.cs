using LlmBroker.Control;
using LlmBroker.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmBroker.DeadLetters;

internal static class DeadLetterServiceCollectionExtensions
{
    /// <summary>What redrives dead letters, beside the ledger and the configuration; it routes by the same rules as the routers.</summary>
    public static IServiceCollection AddDeadLetterRedrive(this IServiceCollection services)
    {
        services.TryAddSingleton<FleetView>();
        services.TryAddSingleton<DeploymentHolds>();
        services.AddRouteResolver();
        services.AddSingleton<RedriveComposer>();
        services.AddSingleton<DeadLetterRedrive>();
        return services;
    }
}
