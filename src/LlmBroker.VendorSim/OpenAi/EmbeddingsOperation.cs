using System.Collections.Frozen;
using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.OpenAi.OpenAiFields;

namespace LlmBroker.Simulation.OpenAi;

/// <summary><c>POST /v1/embeddings</c>. Azure has the same under a protocol of its own.</summary>
internal sealed class EmbeddingsOperation(IVendorProtocol protocol) : IVendorOperation
{
    private const int MaxInputs = 2048;

    private static readonly FrozenSet<string> Parameters = FrozenSet.Create("input", "model", "encoding_format", "dimensions", "user");

    public static EmbeddingsOperation Instance { get; } = new(OpenAiProtocol.Instance);

    public IVendorProtocol Protocol => protocol;

    public string? NamedModel(VendorRequest call) => call.ModelInBody;

    public Refusal? Validate(VendorRequest call) =>
        call.Body.ValueKind != JsonValueKind.Object ? OpenAiErrors.NotJson() : ChatRequestValidator.Model(call.Body) ?? Validate(call.Body);

    public ModelRequest Read(VendorRequest call) => Read(call.Body, call.ModelInBody!);

    /// <summary>Checks all but the model, which Azure has in the path.</summary>
    public static Refusal? Validate(JsonElement body)
    {
        var unknown = body.EnumerateObject().Where(property => !Parameters.Contains(property.Name)).Select(property => property.Name).ToList();
        if (unknown.Count > 0)
            return OpenAiErrors.UnrecognizedArguments(unknown);
        return Input(body)
            ?? Choice(body, "encoding_format", "float", "base64")
            ?? Integer(body, "dimensions", 1, int.MaxValue)
            ?? Text(body, "user");
    }

    /// <param name="model">Azure has it in the path.</param>
    public static ModelRequest Read(JsonElement body, string model)
    {
        var inputs = ReadInputs(body.GetProperty("input"));
        var prompt = new PromptBuilder();
        foreach (var input in inputs)
        {
            prompt.BeginMessage("user");
            prompt.Add(input);
            prompt.EndMessage();
        }

        return new ModelRequest
        {
            Model = model,
            // Nothing is put around the inputs, unlike around messages.
            Prompt = prompt.Build() with { Tokens = inputs.Sum(input => Math.Max(1, TokenCounter.Count(input))) },
            Form = new AnswerForm.Embeddings(
                inputs,
                Has(body, "dimensions", out var dimensions) ? dimensions.GetInt32() : null,
                Has(body, "encoding_format", out var format) && format.ValueEquals("base64")),
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.EmbeddingDimensions is not { } length)
            return OpenAiErrors.NotAnEmbeddingModel();
        var form = (AnswerForm.Embeddings)request.Form;
        if (form.Dimensions > length)
            return OpenAiErrors.AboveMaximum("dimensions", "integer", length, form.Dimensions.Value.ToString());
        var longest = form.Inputs.Max(input => TokenCounter.Count(input));
        return longest > model.ContextWindow ? OpenAiErrors.ContextTooLong(model.ContextWindow, longest) with { Param = "input" } : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var form = (AnswerForm.Embeddings)context.Request.Form;
        var length = form.Dimensions ?? context.Model.EmbeddingDimensions!.Value;
        var items = form.Inputs.Select((input, index) => new EmbeddingItem(
            "embedding", index, form.IsBase64 ? EmbeddingVector.Base64(input, length) : EmbeddingVector.Numbers(input, length)));
        var tokens = context.Generation.InputTokens;
        return JsonSerializer.SerializeToUtf8Bytes(
            new EmbeddingList("list", [.. items], context.Model.Name, new EmbeddingUsage(tokens, tokens)), OpenAiJson.Wire.EmbeddingList);
    }

    private static Refusal? Input(JsonElement body)
    {
        if (!Has(body, "input", out var input))
            return OpenAiErrors.Missing("input");
        if (input.ValueKind == JsonValueKind.String)
            return input.GetString()!.Length > 0 ? null : OpenAiErrors.NotAllowed("input", "Invalid 'input': input cannot be an empty string.");
        if (input.ValueKind != JsonValueKind.Array)
            return OpenAiErrors.WrongType("input", "one of a string or array", Describe(input));
        if (input.GetArrayLength() == 0)
            return OpenAiErrors.EmptyArray("input");
        if (input[0].ValueKind != JsonValueKind.Number && input.GetArrayLength() > MaxInputs)
            return OpenAiErrors.LongArray("input", MaxInputs, input.GetArrayLength());
        var kind = input[0].ValueKind;
        return input.EnumerateArray().All(item => item.ValueKind == kind && IsInput(item))
            ? null
            : OpenAiErrors.NotAllowed(
                "input", "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.");
    }

    private static bool IsInput(JsonElement item) => item.ValueKind switch
    {
        JsonValueKind.String => item.GetString()!.Length > 0,
        JsonValueKind.Number => true,
        JsonValueKind.Array => item.GetArrayLength() > 0 && item.EnumerateArray().All(token => token.ValueKind == JsonValueKind.Number),
        _ => false,
    };

    /// <summary>Token arrays stand as text of their own; what they spell is not known here.</summary>
    private static IReadOnlyList<string> ReadInputs(JsonElement input)
    {
        if (input.ValueKind == JsonValueKind.String)
            return [input.GetString()!];
        if (input[0].ValueKind == JsonValueKind.Number)
            return [input.GetRawText()];
        return [.. input.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText())];
    }
}
