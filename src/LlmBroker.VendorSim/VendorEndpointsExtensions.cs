using LlmBroker.Simulation.Anthropic;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation;

/// <summary>The paths of the vendors.</summary>
internal static class VendorEndpointsExtensions
{
    public static void MapVendors(this WebApplication app)
    {
        var calls = app.Services.GetRequiredService<CallEndpoint>();
        app.MapPost("/v1/chat/completions", (RequestDelegate)(http => calls.HandleAsync(http, ChatOperation.Instance)));
        app.MapPost("/v1/embeddings", (RequestDelegate)(http => calls.HandleAsync(http, EmbeddingsOperation.Instance)));
        app.MapPost("/v1/messages", (RequestDelegate)(http => calls.HandleAsync(http, MessagesOperation.Instance)));
        app.MapGet("/v1/models", (RequestDelegate)ListModelsAsync);
        app.MapFallback((RequestDelegate)(http => RefuseAsync(http, OpenAiErrors.UnknownUrl(http.Request.Method, http.Request.Path))));
    }

    private static Task ListModelsAsync(HttpContext http)
    {
        var catalog = http.RequestServices.GetRequiredService<ModelCatalog>();
        var key = OpenAiProtocol.Instance.ReadKey(http.Request.Headers);
        if (key is null || !catalog.AcceptsKey(Vendor.OpenAi, key))
            return RefuseAsync(http, OpenAiProtocol.Instance.KeyRefused(key));
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
