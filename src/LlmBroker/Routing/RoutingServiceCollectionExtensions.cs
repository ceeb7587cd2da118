using LlmBroker.Routing.Languages;
using LlmBroker.Routing.Policies;
using LlmBroker.Routing.Prediction;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmBroker.Routing;

internal static class RoutingServiceCollectionExtensions
{
    /// <summary>What finds the route of a request, for routers and for whoever routes again by their rules.</summary>
    public static IServiceCollection AddRouteResolver(this IServiceCollection services)
    {
        services.AddTaskClassifier();
        services.TryAddSingleton<LanguageDetector>();
        services.TryAddSingleton<PolicyDecider>();
        services.TryAddSingleton<RouteResolver>();
        return services;
    }
}
