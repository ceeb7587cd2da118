using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Google;

/// <summary>Embeddings: a list of requests at Gemini's API, a prediction of instances at Vertex AI.</summary>
internal static class GeminiEmbeddings
{
    public static PooledBuffer Write(ProviderCall call, RequestFaults faults)
    {
        var (embeddings, buffer) = Begin(call, faults);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteStartArray("requests"u8);
        foreach (var input in embeddings.Inputs)
        {
            writer.WriteStartObject();
            writer.WriteString("model"u8, $"models/{call.VendorModel}");
            writer.WriteStartObject("content"u8);
            writer.WriteStartArray("parts"u8);
            writer.WriteStartObject();
            writer.WriteRaw("text"u8, input);
            writer.WriteEndObject();
            writer.WriteEndArray();
            writer.WriteEndObject();
            writer.WriteRaw("outputDimensionality"u8, embeddings.Dimensions);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    public static PooledBuffer WriteForVertex(ProviderCall call, RequestFaults faults)
    {
        var (embeddings, buffer) = Begin(call, faults);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        writer.WriteStartArray("instances"u8);
        foreach (var input in embeddings.Inputs)
        {
            writer.WriteStartObject();
            writer.WriteRaw("content"u8, input);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (embeddings.Dimensions is { } dimensions)
        {
            writer.WriteStartObject("parameters"u8);
            writer.WriteRaw("outputDimensionality"u8, dimensions);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    public static ProviderResult Read(VendorAnswer answer, ProviderCall call) => Read(
        answer,
        call,
        root => [.. Items(root, "embeddings").Select(item => item.Member("values"))],
        root => root.Member("usageMetadata")?.Count("promptTokenCount"));

    public static ProviderResult ReadFromVertex(VendorAnswer answer, ProviderCall call) => Read(
        answer,
        call,
        root => [.. Items(root, "predictions").Select(item => item.Member("embeddings")?.Member("values"))],
        root => Items(root, "predictions").Sum(item => item.Member("embeddings")?.Member("statistics")?.Count("token_count")));

    private static (EmbeddingsRequest, PooledBuffer) Begin(ProviderCall call, RequestFaults faults)
    {
        var request = new ChatRequest(call.Body);
        var embeddings = EmbeddingsRequest.Read(request, faults);
        request.RefuseRest(faults);
        return (embeddings, new PooledBuffer(1024));
    }

    private static ProviderResult Read(
        VendorAnswer answer, ProviderCall call, Func<JsonElement, List<JsonElement?>> vectorsOf, Func<JsonElement, long?> tokensOf)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var vectors = vectorsOf(document.RootElement);
            if (vectors is [] || vectors.Exists(vector => vector is not { ValueKind: JsonValueKind.Array }))
                return VendorFailure.Malformed(answer, "the answer has no embeddings.");

            var tokens = tokensOf(document.RootElement);
            return new ProviderResult
            {
                Body = EmbeddingsAnswer.Write(
                    [.. vectors.Select(vector => vector!.Value)], call.Body.Member("encoding_format")?.Is("base64") == true, call.VendorModel, tokens),
                Usage = tokens is { } input and > 0 ? new TokenUsage { InputTokens = input } : null,
                HttpStatus = (int)answer.Status!,
                VendorRequestId = answer.RequestId,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON with vectors.");
        }
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement root, string name) =>
        root.Member(name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : default;
}
