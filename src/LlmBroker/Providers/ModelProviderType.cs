namespace LlmBroker.Providers;

/// <summary>A value of <c>providers.{account}.type</c> and how to make the provider for such an account.</summary>
internal sealed record ModelProviderType(string Name, Func<ProviderSettings, IServiceProvider, IModelProvider> Create);
