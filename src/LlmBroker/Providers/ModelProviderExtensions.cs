using LlmBroker.Providers.Anthropic;
using LlmBroker.Providers.Bedrock;
using LlmBroker.Providers.Google;
using LlmBroker.Providers.HuggingFace;
using LlmBroker.Providers.OpenAi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LlmBroker.Providers;

/// <summary>Registers vendor adapters.</summary>
public static class ModelProviderExtensions
{
    /// <summary>
    /// Makes <paramref name="type"/> a value of <c>providers.{account}.type</c>. A later registration of the same type replaces an earlier one,
    /// the built-in ones included.
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
        foreach (var type in BuiltIn().Reverse())
            services.Insert(0, ServiceDescriptor.Singleton(type));
        return services;
    }

    private static IEnumerable<ModelProviderType> BuiltIn()
    {
        foreach (var (name, dialect) in OpenAiPresets.All)
            yield return Type(name, (settings, time) => new OpenAiProvider(settings, VendorHttpHandler.Create(settings), time, dialect));
        yield return Type("azure-openai", (settings, time) => AzureOpenAi.Create(settings, VendorHttpHandler.Create(settings), time));
        yield return Type("anthropic", (settings, time) => new AnthropicProvider(settings, VendorHttpHandler.Create(settings), time));
        yield return Type("bedrock", (settings, time) => new BedrockProvider(settings, () => VendorHttpHandler.Create(settings), time));
        yield return Type("gemini", (settings, time) => GeminiProvider.ForKey(settings, VendorHttpHandler.Create(settings), time));
        yield return Type("vertex", (settings, time) => GeminiProvider.ForVertex(settings, VendorHttpHandler.Create(settings), time));
        yield return Type("huggingface", (settings, time) => new HuggingFaceProvider(settings, VendorHttpHandler.Create(settings), time));
        yield return Type("huggingface-endpoint", (settings, time) => new HuggingFaceProvider(settings, VendorHttpHandler.Create(settings), time, isEndpoint: true));
    }

    private static ModelProviderType Type(string name, Func<ProviderSettings, TimeProvider, IModelProvider> create) =>
        new(name, (settings, services) => create(settings, services.GetRequiredService<TimeProvider>()));
}
