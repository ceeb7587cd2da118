using LlmBroker.Providers.Access;

namespace LlmBroker.Providers.Bedrock;

/// <summary>An account at AWS Bedrock: chat over Converse, embeddings over the models' own forms.</summary>
internal sealed class BedrockProvider : IModelProvider, IAccountCheck, IDisposable
{
    private const string ErrorType = "x-amzn-errortype";

    private readonly VendorClient _client;
    private readonly VendorClient _models;

    public BedrockProvider(ProviderSettings settings, Func<HttpMessageHandler> handler, TimeProvider time)
    {
        var region = AwsCredentials.RegionOf(settings.Source.Aws);
        IVendorAccess access = settings.ApiKey is { } key
            ? KeyAccess.Bearer(key)
            : new AwsSignature(settings.Account, AwsCredentials.Of(settings), region, "bedrock", time);
        _client = new VendorClient(settings, $"https://bedrock-runtime.{region}.amazonaws.com/", handler(), access, BedrockErrors.Classify, time, ErrorType);
        // The list of models is at another host than the models.
        _models = new VendorClient(settings, $"https://bedrock.{region}.amazonaws.com/", handler(), access, BedrockErrors.Classify, time, ErrorType);
    }

    public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        var model = $"model/{Uri.EscapeDataString(request.VendorModel)}";
        return request.Operation switch
        {
            "chat" => _client.PostAsync(
                request, $"{model}/converse", ConverseRequest.Write, (answer, now) => ConverseAnswer.Read(answer, request, now), cancellationToken),
            "embeddings" => _client.PostAsync(
                request, $"{model}/invoke", BedrockEmbeddings.Write, (answer, _) => BedrockEmbeddings.Read(answer, request), cancellationToken),
            _ => VendorClient.NoSuchOperation(request),
        };
    }

    public Task<ProviderResult> CheckAsync(CancellationToken cancellationToken) => _models.AskAsync("foundation-models", cancellationToken);

    public void Dispose()
    {
        _client.Dispose();
        _models.Dispose();
    }
}
