using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary><c>response_format: json_schema</c>, checked.</summary>
internal sealed record ChatFormat(JsonElement Schema, JsonElement? Name, JsonElement? Description, JsonElement? Strict)
{
    /// <summary>The schema that the answer must follow; null when text is fine, also when it was asked for.</summary>
    public static ChatFormat? Read(ChatRequest request, RequestFaults faults)
    {
        if (request.TakeDefault("response_format") || request.Take("response_format") is not { } format)
            return null;

        if (format.Member("type")?.Is("json_schema") != true)
        {
            faults.Unsupported("response_format", "has a value that is not supported by this vendor; use json_schema");
            return null;
        }

        if (format.Member("json_schema") is { } inner && inner.Member("schema") is { ValueKind: JsonValueKind.Object } schema)
            return new ChatFormat(schema, inner.Member("name"), inner.Member("description"), inner.Member("strict"));

        faults.Invalid("response_format.json_schema.schema", "must be an object");
        return null;
    }
}
