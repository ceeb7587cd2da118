using LlmBroker.Providers.Access;

namespace LlmBroker.Providers.Google;

/// <summary>An account at Google: Gemini's API with a key, or the same protocol at Vertex AI with Google's credentials.</summary>
internal sealed class GeminiProvider : IModelProvider, IAccountCheck, IDisposable
{
    private readonly VendorClient _client;
    private readonly string _models;
    private readonly string _list;
    private readonly bool _isVertex;

    private GeminiProvider(VendorClient client, string models, string list, bool isVertex) =>
        (_client, _models, _list, _isVertex) = (client, models, list, isVertex);

    public static GeminiProvider ForKey(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time) => new(
        new VendorClient(
            settings, "https://generativelanguage.googleapis.com/v1beta/", handler, new KeyAccess("x-goog-api-key", settings.ApiKey), GeminiErrors.Classify, time),
        "models",
        "models?pageSize=1",
        isVertex: false);

    public static GeminiProvider ForVertex(ProviderSettings settings, HttpMessageHandler handler, TimeProvider time, IVendorAccess? access = null)
    {
        var google = settings.Source.Google;
        if (google.Project is not { Length: > 0 } project)
            throw new InvalidOperationException("google.project is missing; write the project that pays for Vertex AI.");

        var host = google.Location == "global" ? "aiplatform.googleapis.com" : $"{google.Location}-aiplatform.googleapis.com";
        return new(
            new VendorClient(settings, $"https://{host}/v1/", handler, access ?? GoogleAccess.Of(settings), GeminiErrors.Classify, time),
            $"projects/{Uri.EscapeDataString(project)}/locations/{Uri.EscapeDataString(google.Location)}/publishers/google/models",
            // The list of all makers' models is only in the beta.
            "../v1beta1/publishers/google/models?pageSize=1",
            isVertex: true);
    }

    public Task<ProviderResult> CallAsync(ProviderCall request, CancellationToken cancellationToken)
    {
        var model = $"{_models}/{Uri.EscapeDataString(request.VendorModel)}";
        return (request.Operation, _isVertex) switch
        {
            ("chat", _) => _client.PostAsync(
                request,
                $"{model}:generateContent",
                (call, faults) => GeminiRequest.Write(call, faults, _isVertex),
                (answer, now) => GeminiAnswer.Read(answer, request, now),
                cancellationToken),
            ("embeddings", false) => _client.PostAsync(
                request, $"{model}:batchEmbedContents", GeminiEmbeddings.Write, (answer, _) => GeminiEmbeddings.Read(answer, request), cancellationToken),
            ("embeddings", true) => _client.PostAsync(
                request, $"{model}:predict", GeminiEmbeddings.WriteForVertex, (answer, _) => GeminiEmbeddings.ReadFromVertex(answer, request), cancellationToken),
            _ => VendorClient.NoSuchOperation(request),
        };
    }

    public Task<ProviderResult> CheckAsync(CancellationToken cancellationToken) => _client.AskAsync(_list, cancellationToken);

    public void Dispose() => _client.Dispose();
}
