using LlmBroker.Providers.Access;

namespace LlmBroker.Providers.Anthropic;

/// <summary>An account at Anthropic: OpenAI chat requests are mapped to its messages API and its answers back.</summary>
internal sealed class AnthropicProvider(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time) : IModelProvider, IAccountCheck, IDisposable
{
    private static readonly (string, string) s_version = ("anthropic-version", "2023-06-01");

    private readonly VendorClient _client = new(
        settings, "https://api.anthropic.com/v1/", handler, new KeyAccess("x-api-key", settings.ApiKey), AnthropicErrors.Classify, time);

    public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken) => request.Operation == "chat"
        ? _client.PostAsync(request, "messages", AnthropicRequest.Write, AnthropicAnswer.Read, cancellationToken, s_version)
        : VendorClient.NoSuchOperation(request);

    public Task<ProviderResult> CheckAsync(CancellationToken cancellationToken) => _client.AskAsync("models?limit=1", cancellationToken, s_version);

    public void Dispose() => _client.Dispose();
}
