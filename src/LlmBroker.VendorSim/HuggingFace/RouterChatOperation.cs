using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.HuggingFace;

/// <summary><c>POST /huggingface/v1/chat/completions</c>: OpenAI's chat; the model may have the provider behind a colon.</summary>
internal sealed class RouterChatOperation : IVendorOperation
{
    private readonly ChatOperation _chat = new(HuggingFaceProtocol.Chat);

    public static RouterChatOperation Instance { get; } = new();

    public IVendorProtocol Protocol => HuggingFaceProtocol.Chat;

    public string? NamedModel(VendorRequest call) => call.ModelInBody?.Split(':')[0];

    public Refusal? Validate(VendorRequest call) => _chat.Validate(call);

    public ModelRequest Read(VendorRequest call) => ChatOperation.Read(call.Body, NamedModel(call)!);

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.Task is not null || model.EmbeddingDimensions is not null)
            return HuggingFaceErrors.NotAChatModel(model.Name);
        return request.Prompt.Tokens + (long)(request.MaxOutputTokens ?? 0) > model.ContextWindow
            ? HuggingFaceErrors.ContextTooLong(request.Prompt.Tokens, model.ContextWindow)
            : _chat.Validate(model, request, call);
    }

    public byte[] Answer(AnswerContext context) => _chat.Answer(context);
}
