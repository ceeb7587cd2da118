using System.Text.Json;

namespace LlmBroker.Providers.Chat;

/// <summary>An OpenAI embeddings request for the vendors that want it in another form.</summary>
/// <param name="Inputs">The texts.</param>
/// <param name="Dimensions">How long the vectors shall be; null: as the model makes them.</param>
/// <param name="AsBase64">The vectors are wanted as bytes.</param>
internal sealed record EmbeddingsRequest(IReadOnlyList<JsonElement> Inputs, JsonElement? Dimensions, bool AsBase64)
{
    public static EmbeddingsRequest Read(ChatRequest request, RequestFaults faults)
    {
        var inputs = request.Take("input") switch
        {
            { ValueKind: JsonValueKind.String } one => [one],
            { ValueKind: JsonValueKind.Array } many when many.EnumerateArray().All(input => input.ValueKind == JsonValueKind.String) => many.EnumerateArray().ToList(),
            { ValueKind: JsonValueKind.Array } => Unsupported(faults),
            _ => [],
        };
        if (inputs is [])
            faults.Invalid("input", "must be a string or an array of strings that is not empty");

        var format = request.Take("encoding_format");
        if (format is { } other && !other.Is("float") && !other.Is("base64"))
            faults.Invalid("encoding_format", "must be float or base64");
        return new EmbeddingsRequest(inputs, request.Take("dimensions"), format?.Is("base64") == true);
    }

    private static List<JsonElement> Unsupported(RequestFaults faults)
    {
        faults.Unsupported("input", "as tokens is not supported by this vendor; send texts");
        return [];
    }
}
