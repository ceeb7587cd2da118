using System.Text.Json;

namespace LlmBroker.Providers;

/// <summary>The members that vendors put into the body of a refusal, in the shapes of OpenAI, Anthropic and the servers that imitate them.</summary>
internal sealed record VendorErrorBody
{
    private static readonly VendorErrorBody s_nothing = new();

    public string? Type { get; init; }
    public string? Code { get; init; }
    public string? Param { get; init; }
    public string? Message { get; init; }
    public string? RequestId { get; init; }

    /// <summary>Reads what is there; a body in no known shape has no members.</summary>
    public static VendorErrorBody Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A proxy's HTML page, or a string in broken UTF-8: the status has to say it all.
            return s_nothing;
        }
    }

    private static VendorErrorBody Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return s_nothing;

        var requestId = root.Text("request_id");
        if (!root.TryGetProperty("error", out var error))
            error = root;
        if (error.ValueKind == JsonValueKind.String)
            return new VendorErrorBody { Message = error.GetString(), RequestId = requestId };
        if (error.ValueKind != JsonValueKind.Object)
            return s_nothing;

        return new VendorErrorBody
        {
            Type = error.Text("type"),
            Code = InnerCode(error) ?? error.Text("code"),
            Param = error.Text("param"),
            Message = error.Text("message") ?? error.Text("detail"),
            RequestId = requestId,
        };
    }

    // Azure (innererror.code) and Anthropic (details.error_code) say the exact reason one level deeper.
    private static string? InnerCode(JsonElement error) =>
        error.Member("innererror")?.Text("code") ?? error.Member("details")?.Text("error_code");
}
