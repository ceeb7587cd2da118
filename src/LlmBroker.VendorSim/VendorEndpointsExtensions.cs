using LlmBroker.Simulation.Anthropic;
using LlmBroker.Simulation.Azure;
using LlmBroker.Simulation.Bedrock;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Google;
using LlmBroker.Simulation.HuggingFace;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation;

/// <summary>The paths of the vendors.</summary>
internal static class VendorEndpointsExtensions
{
    public static void MapVendors(this WebApplication app)
    {
        Map("/v1/chat/completions", ChatOperation.Instance);
        Map("/v1/responses", ResponsesOperation.Instance);
        Map("/v1/embeddings", EmbeddingsOperation.Instance);
        // One path for two vendors, told apart by the header that only one of them wants.
        app.MapGet("/v1/models", (RequestDelegate)(http => http.Request.Headers.ContainsKey(ApiVersion.Header) ? ModelLists.AnthropicAsync(http) : ListModelsAsync(http)));
        app.MapGet("/v1beta/models", (RequestDelegate)ModelLists.GeminiAsync);

        Map("/v1/messages", MessagesOperation.Instance);

        Map("/openai/deployments/{deployment}/chat/completions", DeploymentChatOperation.Deployments);
        Map("/openai/deployments/{deployment}/embeddings", DeploymentEmbeddingsOperation.Instance);
        Map("/openai/v1/chat/completions", DeploymentChatOperation.V1);
        Map("/openai/v1/responses", new ResponsesOperation(AzureProtocol.V1));
        Map("/openai/v1/embeddings", new EmbeddingsOperation(AzureProtocol.V1));

        Map("/model/{modelId}/converse", ConverseOperation.Instance);
        Map("/model/{modelId}/invoke", InvokeEmbeddingsOperation.Instance);

        MapGoogle("/v1beta/models/{model}", GoogleProtocol.Gemini);
        MapGoogle("/v1/models/{model}", GoogleProtocol.Gemini);
        foreach (var version in (ReadOnlySpan<string>)["v1", "v1beta1"])
        {
            var publisher = $"/{version}/projects/{{project}}/locations/{{location}}/publishers/google/models/{{model}}";
            MapGoogle(publisher, GoogleProtocol.Vertex);
            Map($"{publisher}:predict", PredictEmbeddingsOperation.Instance);
        }

        Map("/huggingface/v1/chat/completions", RouterChatOperation.Instance);
        Map("/huggingface/hf-inference/models/{**model}", TaskOperation.Instance);
        Map("/hf-inference/models/{**model}", TaskOperation.Instance);

        app.MapFallback((RequestDelegate)(http => RefuseAsync(http, OpenAiErrors.UnknownUrl(http.Request.Method, http.Request.Path))));

        void MapGoogle(string model, GoogleProtocol protocol)
        {
            Map($"{model}:generateContent", new GenerateContentOperation(protocol));
            Map($"{model}:embedContent", new EmbedContentOperation(protocol, isBatch: false));
            Map($"{model}:batchEmbedContents", new EmbedContentOperation(protocol, isBatch: true));
        }

        void Map(string pattern, IVendorOperation operation)
        {
            var calls = app.Services.GetRequiredService<CallEndpoint>();
            app.MapPost(pattern, (RequestDelegate)(http => calls.HandleAsync(http, operation)));
        }
    }

    private static Task ListModelsAsync(HttpContext http)
    {
        var catalog = http.RequestServices.GetRequiredService<ModelCatalog>();
        var (key, stranger) = OpenAiProtocol.CheckKey(http.Request.Headers, catalog.Keys(Vendor.OpenAi));
        if (key is null)
            return RefuseAsync(http, stranger!);
        var created = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds();
        var models = catalog.Models
            .Where(model => model.Vendor == Vendor.OpenAi && model.ApiKeys.Contains(key))
            .Select(model => new ModelItem(model.Name, "model", created, "simulated"));
        return http.Response.WriteAsJsonAsync(new ModelList("list", [.. models]), OpenAiJson.Wire.ModelList, cancellationToken: http.RequestAborted);
    }

    private static async Task RefuseAsync(HttpContext http, Refusal refusal)
    {
        http.Response.StatusCode = refusal.Status;
        http.Response.ContentType = "application/json";
        await http.Response.BodyWriter.WriteAsync(OpenAiProtocol.Instance.ErrorBody(refusal, requestId: ""), http.RequestAborted);
    }
}
