using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using LlmBroker.Simulation.CallLog;
using LlmBroker.Simulation.Models;

namespace LlmBroker.Simulation;

/// <summary>What no vendor has: health, the models in force and how to change them, the calls so far.</summary>
internal static class SimEndpointsExtensions
{
    public static void MapSim(this WebApplication app)
    {
        app.MapGet("/health/live", (RequestDelegate)(http => http.Response.WriteAsync("ok", http.RequestAborted)));
        app.MapGet("/sim/models", (RequestDelegate)(http => WriteModelsAsync(http)));
        app.MapPut("/sim/models", (RequestDelegate)(http => PutAsync(http, (catalog, body) => catalog.ReplaceAll(ModelsReader.ReadAll(body)))));
        app.MapPut("/sim/models/{name}", (RequestDelegate)(http =>
            PutAsync(http, (catalog, body) => catalog.Put(ModelsReader.ReadOne((string)http.Request.RouteValues["name"]!, body)))));
        app.MapGet("/sim/calls", (RequestDelegate)CallsAsync);
        app.MapGet("/sim/stats", (RequestDelegate)StatsAsync);
    }

    private static Task WriteModelsAsync(HttpContext http)
    {
        var catalog = http.RequestServices.GetRequiredService<ModelCatalog>();
        return http.Response.WriteAsJsonAsync(new ModelsDocument(catalog.Models), ModelsJson.Default.ModelsDocument, cancellationToken: http.RequestAborted);
    }

    private static async Task PutAsync(HttpContext http, Action<ModelCatalog, ReadOnlyMemory<byte>> change)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        try
        {
            change(http.RequestServices.GetRequiredService<ModelCatalog>(), body.ToArray());
        }
        catch (InvalidModelsException e)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsJsonAsync(new RefusedRequest(e.Faults), SimJson.Default.RefusedRequest, cancellationToken: http.RequestAborted);
            return;
        }

        await WriteModelsAsync(http);
    }

    /// <summary><c>?since=N</c>: those after sequence number N, of the latest 10,000.</summary>
    private static Task CallsAsync(HttpContext http)
    {
        var text = http.Request.Query["since"].ToString();
        var since = 0L;
        if (text.Length > 0 && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out since))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            var refused = new RefusedRequest([$"since must be a sequence number, but is '{text}'"]);
            return http.Response.WriteAsJsonAsync(refused, SimJson.Default.RefusedRequest, cancellationToken: http.RequestAborted);
        }

        var calls = http.RequestServices.GetRequiredService<RecentCalls>().Since(since);
        return http.Response.WriteAsJsonAsync(calls, CallLogJson.Default.IReadOnlyListVendorCall, cancellationToken: http.RequestAborted);
    }

    private static Task StatsAsync(HttpContext http)
    {
        var fault = http.RequestServices.GetService<ModelsFileWatch>()?.Fault;
        var stats = http.RequestServices.GetRequiredService<RecentCalls>().Stats(fault);
        return http.Response.WriteAsJsonAsync(stats, CallLogJson.Default.Snapshot, cancellationToken: http.RequestAborted);
    }
}

internal sealed record RefusedRequest(IReadOnlyList<string> Errors);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(RefusedRequest))]
internal sealed partial class SimJson : JsonSerializerContext;
