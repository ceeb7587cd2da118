using System.Globalization;
using System.Text.Json;
using LlmBroker.Contracts;
using LlmBroker.Providers.Chat;

namespace LlmBroker.Providers.Bedrock;

/// <summary>Embeddings by InvokeModel, where each maker's model has its own form: Amazon's Titan takes one text a call, Cohere's a list.</summary>
internal static class BedrockEmbeddings
{
    public static PooledBuffer Write(ProviderCall call, RequestFaults faults)
    {
        var request = new ChatRequest(call.Body);
        var embeddings = EmbeddingsRequest.Read(request, faults);
        // Not OpenAI's: Cohere tells what is stored from what is looked for, and takes it in the request.
        var inputType = request.Take("input_type");
        var buffer = new PooledBuffer(1024);
        using var writer = buffer.CreateJsonWriter();
        writer.WriteStartObject();
        if (IsCohere(call.VendorModel))
        {
            writer.WriteStartArray("texts"u8);
            foreach (var input in embeddings.Inputs)
                writer.WriteRaw(input);
            writer.WriteEndArray();
            if (inputType is { } type)
                writer.WriteRaw("input_type"u8, type);
            else
                writer.WriteString("input_type"u8, "search_document"u8);
            writer.WriteRaw("output_dimension"u8, embeddings.Dimensions);
        }
        else if (IsTitan(call.VendorModel))
        {
            if (embeddings.Inputs.Count > 1)
                faults.Unsupported("input", "of several texts is not supported by this model; send one request for each");
            if (embeddings.Inputs is [var text, ..])
                writer.WriteRaw("inputText"u8, text);
            writer.WriteRaw("dimensions"u8, embeddings.Dimensions);
        }
        else
            faults.Unsupported("operation", "embeddings is supported for the models of Titan and Cohere");

        request.RefuseRest(faults);
        writer.WriteEndObject();
        writer.Flush();
        return buffer;
    }

    public static ProviderResult Read(VendorAnswer answer, ProviderCall call)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            var root = document.RootElement;
            var vectors = Vectors(root);
            var tokens = root.Count("inputTextTokenCount")
                ?? (long.TryParse(answer.Header("x-amzn-bedrock-input-token-count"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null);
            if (vectors is [])
                return VendorFailure.Malformed(answer, "the answer has no embeddings.");

            return new ProviderResult
            {
                Body = EmbeddingsAnswer.Write(vectors, call.Body.Member("encoding_format")?.Is("base64") == true, call.VendorModel, tokens),
                Usage = tokens is { } input ? new TokenUsage { InputTokens = input } : null,
                HttpStatus = (int)answer.Status!,
                VendorRequestId = answer.RequestId,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return VendorFailure.Malformed(answer, "the answer is not JSON with vectors.");
        }
    }

    private static List<JsonElement> Vectors(JsonElement root)
    {
        if (root.Member("embedding") is { ValueKind: JsonValueKind.Array } one)
            return [one];
        // Cohere groups by the type of number as soon as one is named.
        var many = root.Member("embeddings") is { ValueKind: JsonValueKind.Object } byType ? byType.Member("float") : root.Member("embeddings");
        return many is { ValueKind: JsonValueKind.Array } all ? [.. all.EnumerateArray().Where(vector => vector.ValueKind == JsonValueKind.Array)] : [];
    }

    private static bool IsCohere(string model) => model.Contains("cohere.", StringComparison.OrdinalIgnoreCase);

    private static bool IsTitan(string model) => model.Contains("amazon.titan-embed", StringComparison.OrdinalIgnoreCase);
}
