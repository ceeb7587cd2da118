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

    /// <summary>How long to wait, where the body says it.</summary>
    public TimeSpan? RetryAfter { get; init; }

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
        // Google's gateways put the object into an array of one.
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1)
            root = root[0];
        if (root.ValueKind != JsonValueKind.Object)
            return s_nothing;

        var requestId = root.Text("request_id");
        if (!root.TryGetProperty("error", out var error))
            error = root;
        if (error.ValueKind == JsonValueKind.String)
            return new VendorErrorBody
            {
                Type = root.Text("error_type"),
                Message = error.GetString(),
                RequestId = requestId,
                // Hugging Face, while a model is being loaded.
                RetryAfter = Seconds(root.Text("estimated_time")),
            };
        if (error.ValueKind != JsonValueKind.Object)
            return s_nothing;

        return new VendorErrorBody
        {
            // status: Google's word for what its code says in a number. __type: AWS without its header.
            Type = error.Text("type") ?? error.Text("status") ?? error.Text("__type"),
            Code = InnerCode(error) ?? error.Text("code"),
            Param = error.Text("param"),
            Message = error.Text("message") ?? error.Text("detail") ?? error.Text("Message"),
            RequestId = requestId,
            RetryAfter = Details(error, "retryDelay") is { } delay ? Providers.RetryAfter.Duration(delay) : null,
        };
    }

    // Azure (innererror.code), Anthropic (details.error_code) and Google (details[].reason) say the exact reason one level deeper.
    private static string? InnerCode(JsonElement error) =>
        error.Member("innererror")?.Text("code")
        ?? (error.Member("details") is { ValueKind: JsonValueKind.Object } details ? details.Text("error_code") : null)
        ?? QuotaId(error)
        ?? Details(error, "reason");

    /// <summary>Which of Google's quotas is used up: the id says whether it is one of the minute or of the day.</summary>
    private static string? QuotaId(JsonElement error)
    {
        foreach (var detail in Array(error, "details"))
            foreach (var violation in Array(detail, "violations"))
                if (violation.Text("quotaId") is { } id)
                    return id;
        return null;
    }

    private static string? Details(JsonElement error, string member)
    {
        foreach (var detail in Array(error, "details"))
            if (detail.Text(member) is { } value)
                return value;
        return null;
    }

    private static JsonElement.ArrayEnumerator Array(JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : default;

    private static TimeSpan? Seconds(string? text) =>
        double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
