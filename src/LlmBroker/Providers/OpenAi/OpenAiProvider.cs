using System.Text.Json;

namespace LlmBroker.Providers.OpenAi;

/// <summary>An account at OpenAI, or at anything that speaks its protocol under another base address.</summary>
internal sealed class OpenAiProvider(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time) : IModelProvider, IDisposable
{
    public const string RequestIdHeader = "x-request-id";

    private readonly VendorConnection _connection = new(settings, "https://api.openai.com/v1/", handler);
    private readonly string? _authorization = settings.ApiKey is { } key ? $"Bearer {key}" : null;

    public async Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        // The path, and the member that an answer must have.
        var (path, list) = request.Operation switch
        {
            "chat" => ("chat/completions", "choices"),
            "embeddings" => ("embeddings", "data"),
            _ => (null, ""),
        };
        if (path is null)
            return new ProviderResult { Error = ProviderError.Unsupported, ErrorMessage = $"operation '{request.Operation}' is not known to this vendor." };
        if (request.Body.ValueKind != JsonValueKind.Object)
            return new ProviderResult { Error = ProviderError.BadRequest, ErrorMessage = "body must be an object." };

        PooledBuffer body;
        try
        {
            body = OpenAiRequest.Write(request.Body, request.VendorModel);
        }
        catch (InvalidOperationException)
        {
            return VendorFailure.NotUnicode;
        }

        var content = new VendorRequestContent(body, () => OpenAiRequest.Write(request.Body, request.VendorModel));
        using var message = _connection.CreateRequest(path, request.AttemptId, content);
        if (_authorization is not null)
            message.Headers.TryAddWithoutValidation("Authorization", _authorization);

        using var answer = await _connection.SendAsync(message, cancellationToken);
        return answer.IsSuccess
            ? OpenAiAnswer.Read(answer, list)
            : VendorFailure.From(answer, OpenAiErrors.Classify, settings, RequestIdHeader, time.GetUtcNow());
    }

    public void Dispose() => _connection.Dispose();
}
