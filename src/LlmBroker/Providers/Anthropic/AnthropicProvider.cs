using System.Text.Json;

namespace LlmBroker.Providers.Anthropic;

/// <summary>An account at Anthropic: OpenAI chat requests are mapped to its messages API and its answers back.</summary>
internal sealed class AnthropicProvider(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time) : IModelProvider, IDisposable
{
    public const string RequestIdHeader = "request-id";

    private readonly VendorConnection _connection = new(settings, "https://api.anthropic.com/v1/", handler);

    public async Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        if (request.Operation != "chat")
            return new ProviderResult { Error = ProviderError.Unsupported, ErrorMessage = $"operation '{request.Operation}' is not supported by this vendor." };
        if (request.Body.ValueKind != JsonValueKind.Object)
            return new ProviderResult { Error = ProviderError.BadRequest, ErrorMessage = "body must be an object." };

        var faults = new RequestFaults();
        PooledBuffer body;
        try
        {
            body = AnthropicRequest.Write(request, faults);
        }
        catch (InvalidOperationException)
        {
            return VendorFailure.NotUnicode;
        }

        if (faults.First is { } fault)
        {
            body.Dispose();
            return fault;
        }

        var content = new VendorRequestContent(body, () => AnthropicRequest.Write(request, faults));
        using var message = _connection.CreateRequest("messages", request.AttemptId, content);
        message.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        if (settings.ApiKey is not null)
            message.Headers.TryAddWithoutValidation("x-api-key", settings.ApiKey);

        using var answer = await _connection.SendAsync(message, cancellationToken);
        return answer.IsSuccess
            ? AnthropicAnswer.Read(answer, time.GetUtcNow())
            : VendorFailure.From(answer, AnthropicErrors.Classify, settings, RequestIdHeader, time.GetUtcNow());
    }

    public void Dispose() => _connection.Dispose();
}
