using System.Buffers;
using System.Text.Json;
using LlmBroker.Simulation.Anthropic;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Google;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation;

/// <summary>The vendors' lists of models: free of charge, and so the way to try a key. They are not logged as calls.</summary>
internal static class ModelLists
{
    /// <summary><c>GET /v1/models</c> of Anthropic.</summary>
    public static Task AnthropicAsync(HttpContext http) => ListAsync(http, AnthropicProtocol.Instance, static (writer, models, now) =>
    {
        writer.WriteStartArray("data");
        foreach (var model in models)
        {
            writer.WriteStartObject();
            writer.WriteString("type", "model");
            writer.WriteString("id", model.Name);
            writer.WriteString("display_name", model.Name);
            writer.WriteString("created_at", now);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteBoolean("has_more", false);
    });

    /// <summary><c>GET /v1beta/models</c> of Gemini.</summary>
    public static Task GeminiAsync(HttpContext http) => ListAsync(http, GoogleProtocol.Gemini, static (writer, models, _) =>
    {
        writer.WriteStartArray("models");
        foreach (var model in models)
        {
            writer.WriteStartObject();
            writer.WriteString("name", $"models/{model.Name}");
            writer.WriteString("displayName", model.Name);
            writer.WriteNumber("inputTokenLimit", model.ContextWindow);
            writer.WriteNumber("outputTokenLimit", model.MaxOutputTokens);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static async Task ListAsync(HttpContext http, IVendorProtocol protocol, Action<Utf8JsonWriter, IEnumerable<SimulatedModel>, DateTimeOffset> write)
    {
        var catalog = http.RequestServices.GetRequiredService<ModelCatalog>();
        var now = http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        var (key, refusal) = protocol.CheckKey(new Arrival(http.Request, Body: null, now), catalog.Keys(protocol.Vendor));
        http.Response.ContentType = "application/json";
        if (refusal is not null)
        {
            http.Response.StatusCode = refusal.Status;
            await http.Response.BodyWriter.WriteAsync(protocol.ErrorBody(refusal, requestId: ""), http.RequestAborted);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer, catalog.Models.Where(model => model.Vendor == protocol.Vendor && model.ApiKeys.Contains(key!)), now);
            writer.WriteEndObject();
        }

        await http.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }
}
