using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

/// <summary><c>POST …/models/{model}:embedContent</c> and, of several such requests, <c>:batchEmbedContents</c>.</summary>
internal sealed class EmbedContentOperation(GoogleProtocol protocol, bool isBatch) : IVendorOperation
{
    private const int MaxRequests = 100;

    // Beside the content, or, as Vertex AI's client has it, in an object of their own.
    private static readonly string[] Options =
        ["taskType", "title", "outputDimensionality", "autoTruncate", "mimeType", "documentOcr", "audioTrackExtraction"];

    public IVendorProtocol Protocol => protocol;

    public string? NamedModel(VendorRequest call) => call.Route("model");

    public Refusal? Validate(VendorRequest call)
    {
        var body = call.Body;
        if (!isBatch)
            return One(body, "");
        if (Message(body, "", "requests") is { } wrong)
            return wrong;
        if (!Has(body, "requests", out var requests) || (requests.ValueKind == JsonValueKind.Array && requests.GetArrayLength() == 0))
            return GoogleErrors.Check("BatchEmbedContentsRequest", "requests", "requests is not specified");
        if (List(requests, "requests") is { } noList)
            return noList;
        if (requests.GetArrayLength() > MaxRequests)
            return GoogleErrors.Check("BatchEmbedContentsRequest", "requests", $"at most {MaxRequests} requests can be in one batch");
        var index = 0;
        foreach (var request in requests.EnumerateArray())
        {
            var at = $"requests[{index}]";
            if (One(request, at) is { } refusal)
                return refusal;
            if (!Has(request, "model", out var model) || model.ToString() != $"models/{NamedModel(call)}")
                return GoogleErrors.Check("BatchEmbedContentsRequest", at, "model must match the model of the batch: " + $"models/{NamedModel(call)}");
            index++;
        }

        return null;
    }

    public ModelRequest Read(VendorRequest call)
    {
        var requests = Requests(call.Body);
        var options = Has(requests[0], "embedContentConfig", out var config) ? config : requests[0];
        return EmbeddingInputs.Read(NamedModel(call)!, [.. requests.Select(Input)], options);
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call) =>
        EmbeddingInputs.Validate(model, request, isBatch ? "batchEmbedContents" : "embedContent");

    public byte[] Answer(AnswerContext context)
    {
        var vectors = Requests(context.Call.Body).Select(request => new ContentEmbedding(EmbeddingInputs.Vector(context, Input(request)))).ToList();
        return isBatch
            ? JsonSerializer.SerializeToUtf8Bytes(new BatchEmbedContentsAnswer(vectors), GoogleJson.Wire.BatchEmbedContentsAnswer)
            : JsonSerializer.SerializeToUtf8Bytes(new EmbedContentAnswer(vectors[0]), GoogleJson.Wire.EmbedContentAnswer);
    }

    private static Refusal? One(JsonElement request, string at)
    {
        if ((Message(request, at, [.. Options, "model", "content", "embedContentConfig"])
            ?? EmbeddingInputs.TaskType(request, "taskType", at)
            ?? EmbeddingInputs.Dimensions(request, at)) is { } wrong)
            return wrong;
        if (Has(request, "embedContentConfig", out var config)
            && (Message(config, Path(at, "embedContentConfig"), Options)
                ?? EmbeddingInputs.TaskType(config, "taskType", at)
                ?? EmbeddingInputs.Dimensions(config, at)) is { } wrongConfig)
            return wrongConfig;
        return Has(request, "content", out var content)
            ? ContentsValidator.Content(content, Path(at, "content"), isSystem: false)
            : GoogleErrors.Check("EmbedContentRequest", "content", "contents is not specified");
    }

    private IReadOnlyList<JsonElement> Requests(JsonElement body) =>
        isBatch && Has(body, "requests", out var requests) ? [.. requests.EnumerateArray()] : [body];

    private static string Input(JsonElement request)
    {
        Has(request, "content", out var content);
        return EmbeddingInputs.ReadText(content);
    }
}
