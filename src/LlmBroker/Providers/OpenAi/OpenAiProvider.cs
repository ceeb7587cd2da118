using LlmBroker.Providers.Access;

namespace LlmBroker.Providers.OpenAi;

/// <summary>An account at OpenAI, or at anything that speaks its protocol under another base address.</summary>
/// <param name="settings">The account.</param>
/// <param name="handler">Owned by this provider from now on.</param>
/// <param name="time">For what the vendor says in points of time.</param>
/// <param name="dialect">How the vendor differs; null: OpenAI.</param>
/// <param name="access">Its credentials; null: the key as a bearer.</param>
internal sealed class OpenAiProvider(
    ProviderSettings settings, HttpMessageHandler handler, TimeProvider time, OpenAiDialect? dialect = null, IVendorAccess? access = null)
    : IModelProvider, IAccountCheck, IDisposable
{
    private readonly OpenAiDialect _dialect = dialect ?? OpenAiPresets.All["openai"];
    private readonly VendorClient _client = new(
        settings, (dialect ?? OpenAiDialect.OpenAi).Address, handler, access ?? KeyAccess.Bearer(settings.ApiKey), OpenAiErrors.Classify, time);

    public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken) => (request.Operation, request.Api) switch
    {
        ("chat", null or "chat") => PassAsync(request, "chat/completions", "choices", cancellationToken),
        ("embeddings", null or "chat") => PassAsync(request, "embeddings", "data", cancellationToken),
        ("chat", "responses") when _dialect.HasResponses => _client.PostAsync(
            request, _dialect.Locate("responses", request.VendorModel), ResponsesRequest.Write, ResponsesAnswer.Read, cancellationToken),
        _ => VendorClient.NoSuchOperation(request),
    };

    public Task<ProviderResult> CheckAsync(CancellationToken cancellationToken) => _client.AskAsync(_dialect.Locate(_dialect.Free, ""), cancellationToken);

    public void Dispose() => _client.Dispose();

    // list: the member that an answer must have.
    private Task<ProviderResult> PassAsync(ProviderCall request, string path, string list, CancellationToken cancellationToken) => _client.PostAsync(
        request,
        _dialect.Locate(path, request.VendorModel),
        (call, _) => OpenAiRequest.Write(call.Body, call.VendorModel, _dialect),
        (answer, now) => OpenAiAnswer.Read(answer, list, now),
        cancellationToken);
}
