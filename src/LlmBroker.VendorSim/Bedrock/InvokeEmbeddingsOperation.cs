using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.Bedrock.BedrockFields;

namespace LlmBroker.Simulation.Bedrock;

/// <summary>
/// <c>POST /model/{modelId}/invoke</c> for embeddings: with <c>inputText</c> as Amazon's Titan V2 has it, with <c>texts</c> as Cohere Embed does.
/// </summary>
internal sealed class InvokeEmbeddingsOperation : IVendorOperation
{
    private const int MaxTexts = 96;

    private static readonly string[] InputTypes = ["search_document", "search_query", "classification", "clustering", "image"];
    private static readonly string[] TitanFields = ["inputText", "dimensions", "normalize", "embeddingTypes"];
    private static readonly string[] CohereFields = ["texts", "input_type", "truncate", "embedding_types", "output_dimension", "max_tokens"];

    public static InvokeEmbeddingsOperation Instance { get; } = new();

    public IVendorProtocol Protocol => BedrockProtocol.Instance;

    public string? NamedModel(VendorRequest call) => BedrockModelId.Read(call);

    public Refusal? Validate(VendorRequest call)
    {
        if (!BedrockModelId.IsValid(NamedModel(call)!))
            return BedrockErrors.InvalidModelId();
        var body = call.Body;
        if (body.ValueKind != JsonValueKind.Object)
            return Malformed("expected type: JSONObject, found: " + body.ValueKind);
        return body.TryGetProperty("texts", out _) ? Cohere(body) : Titan(body);
    }

    public ModelRequest Read(VendorRequest call)
    {
        var body = call.Body;
        IReadOnlyList<string> inputs = Has(body, "texts", out var texts)
            ? [.. texts.EnumerateArray().Select(text => text.GetString()!)]
            : [body.GetProperty("inputText").GetString()!];
        var prompt = new PromptBuilder();
        foreach (var input in inputs)
        {
            prompt.BeginMessage("user");
            prompt.Add(input);
            prompt.EndMessage();
        }

        return new ModelRequest
        {
            Model = NamedModel(call)!,
            Prompt = prompt.Build() with { Tokens = inputs.Sum(input => Math.Max(1, TokenCounter.Count(input))) },
            Form = new AnswerForm.Embeddings(
                inputs, Has(body, "dimensions", out var dimensions) || Has(body, "output_dimension", out dimensions) ? dimensions.GetInt32() : null, false),
        };
    }

    public Refusal? Validate(SimulatedModel model, ModelRequest request, VendorRequest call)
    {
        if (model.EmbeddingDimensions is not { } length)
            return BedrockErrors.Invalid("This is a simulated vendor; of InvokeModel it has embeddings only. Use Converse for this model.");
        var form = (AnswerForm.Embeddings)request.Form;
        if (form.Dimensions > length)
            return Malformed($"#/dimensions: {form.Dimensions} is not less or equal to {length}");
        var longest = form.Inputs.Max(input => TokenCounter.Count(input));
        return longest > model.ContextWindow && !(Has(call.Body, "truncate", out var truncate) && truncate.ToString() is "START" or "END")
            ? BedrockErrors.Invalid($"400 Bad Request: Too many input tokens. Max input tokens: {model.ContextWindow}, request input token count: {longest} ")
            : null;
    }

    public byte[] Answer(AnswerContext context)
    {
        var form = (AnswerForm.Embeddings)context.Request.Form;
        var length = form.Dimensions ?? context.Model.EmbeddingDimensions!.Value;
        var vectors = form.Inputs.Select(input => EmbeddingVector.Numbers(input, length)).ToList();
        var body = context.Call.Body;
        if (!Has(body, "texts", out _))
        {
            var byType = new Dictionary<string, JsonElement> { ["float"] = vectors[0] };
            return JsonSerializer.SerializeToUtf8Bytes(
                new TitanEmbedding(vectors[0], context.Generation.InputTokens, byType), BedrockJson.Wire.TitanEmbedding);
        }

        var isByType = Has(body, "embedding_types", out _);
        var embeddings = isByType
            ? JsonSerializer.SerializeToElement(
                new Dictionary<string, IReadOnlyList<JsonElement>> { ["float"] = vectors }, BedrockJson.Cohere.DictionaryStringIReadOnlyListJsonElement)
            : JsonSerializer.SerializeToElement<IReadOnlyList<JsonElement>>(vectors, BedrockJson.Cohere.IReadOnlyListJsonElement);
        return JsonSerializer.SerializeToUtf8Bytes(
            new CohereEmbeddings(Guid.ParseExact(context.Id, "N").ToString(), form.Inputs, embeddings, isByType ? "embeddings_by_type" : "embeddings_floats"),
            BedrockJson.Cohere.CohereEmbeddings);
    }

    private static Refusal? Titan(JsonElement body)
    {
        if (Unknown(body, TitanFields) is { } unknown)
            return unknown;
        if (!Has(body, "inputText", out var text))
            return Malformed("#: required key [inputText] not found");
        if (text.ValueKind != JsonValueKind.String)
            return Malformed("#/inputText: expected type: String, found: " + text.ValueKind);
        if (text.GetString()!.Length == 0)
            return Malformed("#/inputText: expected minLength: 1, actual: 0");
        if (Has(body, "normalize", out var normalize) && normalize.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return Malformed("#/normalize: expected type: Boolean, found: " + normalize.ValueKind);
        return Has(body, "dimensions", out var dimensions) ? Positive(dimensions, "dimensions") : null;
    }

    private static Refusal? Cohere(JsonElement body)
    {
        if (Unknown(body, CohereFields) is { } unknown)
            return unknown;
        var texts = body.GetProperty("texts");
        if (texts.ValueKind != JsonValueKind.Array || texts.EnumerateArray().Any(text => text.ValueKind != JsonValueKind.String))
            return Malformed("#/texts: expected type: JSONArray of String");
        if (texts.GetArrayLength() is 0 or > MaxTexts)
            return Malformed($"#/texts: expected 1 to {MaxTexts} items, found: {texts.GetArrayLength()}");
        if (!Has(body, "input_type", out var inputType))
            return Malformed("#: required key [input_type] not found");
        if (!InputTypes.Contains(inputType.ToString()))
            return Malformed($"#/input_type: {inputType} is not a valid enum value");
        if (Has(body, "truncate", out var truncate) && truncate.ToString() is not ("NONE" or "START" or "END" or "LEFT" or "RIGHT"))
            return Malformed($"#/truncate: {truncate} is not a valid enum value");
        if (Has(body, "embedding_types", out var types)
            && (types.ValueKind != JsonValueKind.Array || types.EnumerateArray().Any(type => type.ToString() != "float")))
            return Malformed("#/embedding_types: a simulated vendor has float only");
        return Has(body, "output_dimension", out var dimension) ? Positive(dimension, "output_dimension") : null;
    }

    private static Refusal? Positive(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0
            ? null
            : Malformed($"#/{name}: expected a positive Integer, found: {value.GetRawText()}");

    private static Refusal? Unknown(JsonElement body, string[] known)
    {
        foreach (var property in body.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                return Malformed($"#: extraneous key [{property.Name}] is not permitted");
        }

        return null;
    }

    private static Refusal Malformed(string reason) => BedrockErrors.Invalid($"Malformed input request: {reason}, please reformat your input and try again.");
}
