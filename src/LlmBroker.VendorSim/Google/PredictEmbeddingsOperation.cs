using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

/// <summary><c>POST …/publishers/google/models/{model}:predict</c>: the way in which Vertex AI's older embeddings models are asked.</summary>
internal sealed class PredictEmbeddingsOperation : IVendorOperation
{
    private const int MaxInstances = 250;

    public static PredictEmbeddingsOperation Instance { get; } = new();

    public IVendorProtocol Protocol => GoogleProtocol.Vertex;

    public string? NamedModel(VendorRequest call) => call.Route("model");

    public Refusal? Validate(VendorRequest call)
    {
        var body = call.Body;
        if (Message(body, "", "instances", "parameters", "labels") is { } wrong)
            return wrong;
        if (!Has(body, "instances", out var instances) || (instances.ValueKind == JsonValueKind.Array && instances.GetArrayLength() == 0))
            return GoogleErrors.Invalid("Empty instances.");
        if (List(instances, "instances") is { } noList)
            return noList;
        if (instances.GetArrayLength() > MaxInstances)
            return GoogleErrors.Invalid($"{instances.GetArrayLength()} instance(s) is not allowed. Max allowed: {MaxInstances}");
        foreach (var instance in instances.EnumerateArray())
        {
            if (instance.ValueKind != JsonValueKind.Object || !Has(instance, "content", out var content) || content.ValueKind != JsonValueKind.String)
                return GoogleErrors.Invalid("The instance must have the text in 'content'.");
            if (content.GetString()!.Length == 0)
                return GoogleErrors.Invalid("The text content is empty.");
            if (EmbeddingInputs.TaskType(instance, "taskType", "instances") is { } unknown)
                return unknown;
        }

        return Has(body, "parameters", out var parameters)
            ? Message(parameters, "parameters", "outputDimensionality", "autoTruncate", "mimeType") ?? EmbeddingInputs.Dimensions(parameters, "parameters")
            : null;
    }

    public ModelRequest Read(VendorRequest call) =>
        EmbeddingInputs.Read(NamedModel(call)!, Inputs(call.Body), Has(call.Body, "parameters", out var parameters) ? parameters : default);

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call) => EmbeddingInputs.Validate(model, request, "predict");

    public byte[] Answer(AnswerContext context)
    {
        var inputs = ((AnswerForm.Embeddings)context.Request.Form).Inputs;
        var predictions = inputs.Select(input => new Prediction(new PredictedEmbedding(
            EmbeddingInputs.Vector(context, input), new EmbeddingStatistics(Math.Max(1, TokenCounter.Count(input)), false))));
        return JsonSerializer.SerializeToUtf8Bytes(
            new PredictAnswer([.. predictions], new PredictMetadata(inputs.Sum(input => input.Length))), GoogleJson.Wire.PredictAnswer);
    }

    private static IReadOnlyList<string> Inputs(JsonElement body)
    {
        Has(body, "instances", out var instances);
        return [.. instances.EnumerateArray().Select(instance => instance.GetProperty("content").GetString()!)];
    }
}
