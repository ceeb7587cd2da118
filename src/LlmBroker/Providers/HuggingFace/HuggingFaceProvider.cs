using LlmBroker.Providers.Access;
using LlmBroker.Providers.OpenAi;

namespace LlmBroker.Providers.HuggingFace;

/// <summary>An account at Hugging Face: the router's chat, and the endpoints of fine-tuned models for one task.</summary>
/// <param name="settings">The account.</param>
/// <param name="handler">Owned by this provider from now on.</param>
/// <param name="time">For what the vendor says in points of time.</param>
/// <param name="isEndpoint">The base address is that of one dedicated model, which answers right there.</param>
internal sealed class HuggingFaceProvider(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time, bool isEndpoint = false)
    : IModelProvider, IAccountCheck, IDisposable
{
    private static readonly OpenAiDialect s_router = new("") { OnlyMaxTokens = true };

    private readonly VendorClient _client = new(
        settings,
        isEndpoint && settings.BaseAddress is null
            ? throw new InvalidOperationException("baseUrl is missing; write the address of the dedicated endpoint.")
            : "https://router.huggingface.co/",
        handler,
        KeyAccess.Bearer(settings.ApiKey),
        HuggingFaceErrors.Classify,
        time);

    public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        if (request.Operation == "chat" && TaskApis.Contains(request.Api))
            return _client.PostAsync(
                request, isEndpoint ? "" : ModelPath(request.VendorModel), TaskRequest.Write, (answer, now) => TaskAnswer.Read(answer, request, now), cancellationToken);
        if (request.Operation != "chat" || request.Api is not (null or "chat") || isEndpoint)
            return VendorClient.NoSuchOperation(request);
        return _client.PostAsync(
            request,
            "v1/chat/completions",
            static (call, _) => OpenAiRequest.Write(call.Body, call.VendorModel, s_router),
            static (answer, now) => OpenAiAnswer.Read(answer, "choices", now),
            cancellationToken);
    }

    // The router's list of models is open to everybody; who one is, is not.
    public Task<ProviderResult> CheckAsync(CancellationToken cancellationToken) => _client.AskAsync(
        isEndpoint ? "" : settings.BaseAddress is null ? "https://huggingface.co/api/whoami-v2" : "v1/models", cancellationToken);

    public void Dispose() => _client.Dispose();

    // The names of models have a slash that is part of the path.
    private static string ModelPath(string model) => $"hf-inference/models/{string.Join('/', model.Split('/').Select(Uri.EscapeDataString))}";
}
