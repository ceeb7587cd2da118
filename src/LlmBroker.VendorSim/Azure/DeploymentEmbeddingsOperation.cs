using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.Azure;

/// <summary><c>POST /openai/deployments/{deployment}/embeddings</c>: the path names the model, whatever the body says.</summary>
internal sealed class DeploymentEmbeddingsOperation : IVendorOperation
{
    private readonly EmbeddingsOperation _embeddings = new(AzureProtocol.Deployments);

    public static DeploymentEmbeddingsOperation Instance { get; } = new();

    public IVendorProtocol Protocol => AzureProtocol.Deployments;

    public string? NamedModel(VendorRequest call) => call.Route("deployment");

    public Refusal? Validate(VendorRequest call) =>
        call.Body.ValueKind == JsonValueKind.Object ? EmbeddingsOperation.Validate(call.Body) : OpenAiErrors.NotJson();

    public ModelRequest Read(VendorRequest call) => EmbeddingsOperation.Read(call.Body, NamedModel(call)!);

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call) => _embeddings.Validate(model, request, call);

    public byte[] Answer(AnswerContext context) => _embeddings.Answer(context);
}
