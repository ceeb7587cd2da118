using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.Azure;

/// <summary>
/// <c>POST /openai/deployments/{deployment}/chat/completions</c>: the path names the model, whatever the body says. Without a deployment in the path,
/// <c>POST /openai/v1/chat/completions</c>.
/// </summary>
internal sealed class DeploymentChatOperation(AzureProtocol protocol) : IVendorOperation
{
    private readonly ChatOperation _chat = new(protocol);

    public static DeploymentChatOperation Deployments { get; } = new(AzureProtocol.Deployments);

    public static DeploymentChatOperation V1 { get; } = new(AzureProtocol.V1);

    public IVendorProtocol Protocol => protocol;

    public string? NamedModel(VendorRequest call) => call.Route("deployment") ?? call.ModelInBody;

    public Refusal? Validate(VendorRequest call)
    {
        if (call.Route("deployment") is null)
            return _chat.Validate(call);
        return call.Body.ValueKind == JsonValueKind.Object ? ChatRequestValidator.Validate(call.Body) : OpenAiErrors.NotJson();
    }

    public ModelRequest Read(VendorRequest call) => ChatOperation.Read(call.Body, NamedModel(call)!);

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call) => _chat.Validate(model, request, call);

    public byte[] Answer(AnswerContext context)
    {
        var completion = _chat.Complete(context) with { PromptFilterResults = [new PromptFilterResult(0, ContentFilterResults.Prompt(isFiltered: false))] };
        var choices = completion.Choices.Select((choice, index) => choice with
        {
            ContentFilterResults = ContentFilterResults.Answer(context.Generation.Choices[index].Finish == FinishReason.Filtered),
        });
        return JsonSerializer.SerializeToUtf8Bytes(completion with { Choices = [.. choices] }, OpenAiJson.Wire.ChatCompletion);
    }
}
