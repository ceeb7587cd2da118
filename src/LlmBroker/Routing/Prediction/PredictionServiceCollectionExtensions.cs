using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmBroker.Routing.Prediction;

internal static class PredictionServiceCollectionExtensions
{
    /// <summary>The built-in classifier, unless another one was registered before.</summary>
    public static IServiceCollection AddTaskClassifier(this IServiceCollection services)
    {
        services.TryAddSingleton<CueTaskClassifier>();
        services.TryAddSingleton<RoutingModelFollower>();
        services.TryAddSingleton<ITaskClassifier>(provider =>
        {
            var models = provider.GetRequiredService<RoutingModelFollower>();
            return new TrainedTaskClassifier(() => models.Current, provider.GetRequiredService<CueTaskClassifier>());
        });
        services.TryAddSingleton(provider =>
        {
            var models = provider.GetRequiredService<RoutingModelFollower>();
            return new GainPredictor(() => models.Current, provider.GetRequiredService<CueTaskClassifier>());
        });
        return services;
    }
}
