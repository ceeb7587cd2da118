using LlmBroker.Providers.Anthropic;
using LlmBroker.Providers.OpenAi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmBroker.Providers;

/// <summary>Registers vendor adapters.</summary>
public static class ModelProviderExtensions
{
    /// <summary>
    /// Makes <paramref name="type"/> a value of <c>providers.{account}.type</c>. A later registration of the same type replaces an earlier one,
    /// the built-in <c>openai</c> and <c>anthropic</c> included.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="type">The word in the configuration, compared without regard to case.</param>
    /// <param name="create">
    /// Makes the provider of one account; called once per account at start. The provider lives as long as the process and is then disposed if it can be.
    /// </param>
    public static IServiceCollection AddModelProvider(
        this IServiceCollection services, string type, Func<ProviderSettings, IServiceProvider, IModelProvider> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(type);
        ArgumentNullException.ThrowIfNull(create);
        return services.AddSingleton(new ModelProviderType(type, create));
    }

    /// <summary>The adapters that LlmBroker brings. Comes before those of plug-ins, so that they can replace one.</summary>
    internal static IServiceCollection AddBuiltInModelProviders(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.Insert(0, ServiceDescriptor.Singleton(new ModelProviderType("openai", (settings, provider) =>
            new OpenAiProvider(settings, VendorHttpHandler.Create(settings), provider.GetRequiredService<TimeProvider>()))));
        services.Insert(1, ServiceDescriptor.Singleton(new ModelProviderType("anthropic", (settings, provider) =>
            new AnthropicProvider(settings, VendorHttpHandler.Create(settings), provider.GetRequiredService<TimeProvider>()))));
        return services;
    }
}
