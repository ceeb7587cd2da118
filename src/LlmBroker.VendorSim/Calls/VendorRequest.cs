using System.Text.Json;

namespace LlmBroker.Simulation.Calls;

/// <summary>A call as its operation sees it. <paramref name="Body"/> lives only while the call is planned.</summary>
internal readonly record struct VendorRequest(HttpRequest Http, JsonElement Body)
{
    /// <summary>A part of the path; null when the path has none of that name.</summary>
    public string? Route(string name) => Http.RouteValues[name] as string;

    /// <summary>The body's <c>model</c>, where most vendors have it; null when there is none to read.</summary>
    public string? ModelInBody =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String
            ? model.GetString()
            : null;
}
