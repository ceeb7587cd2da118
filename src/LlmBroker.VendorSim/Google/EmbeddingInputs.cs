using System.Text.Json;
using LlmBroker.Simulation.Answers;
using LlmBroker.Simulation.Calls;
using LlmBroker.Simulation.Models;
using static LlmBroker.Simulation.Google.GoogleFields;

namespace LlmBroker.Simulation.Google;

/// <summary>What Google's ways to ask for embeddings have in common.</summary>
internal static class EmbeddingInputs
{
    private static readonly string[] TaskTypes =
    [
        "TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY", "CLASSIFICATION", "CLUSTERING", "QUESTION_ANSWERING",
        "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY",
    ];

    public static Refusal? TaskType(JsonElement request, string name, string at) => Choice(request, name, at, "TaskType", TaskTypes);

    public static Refusal? Dimensions(JsonElement request, string at)
    {
        if (Integer(request, "outputDimensionality", at) is { } wrong)
            return wrong;
        return Has(request, "outputDimensionality", out var dimensions) && ReadInteger(dimensions) < 1
            ? GoogleErrors.Invalid("Value at output_dimensionality must be greater than 0.")
            : null;
    }

    public static ModelRequest Read(string model, IReadOnlyList<string> inputs, JsonElement request)
    {
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
            Prompt = prompt.Build() with { Tokens = inputs.Sum(input => Math.Max(1, TokenCounter.Count(input))) },
            Form = new AnswerForm.Embeddings(
                inputs, request.ValueKind == JsonValueKind.Object && Has(request, "outputDimensionality", out var length) ? ReadInteger(length) : null, false),
        };
    }

    public static Refusal? Validate(SimulatedModel model, ModelRequest request, string method)
    {
        if (model.EmbeddingDimensions is not { } length)
            return GoogleErrors.NotSupported(model.Name, method);
        var form = (AnswerForm.Embeddings)request.Form;
        if (form.Dimensions > length)
            return GoogleErrors.Invalid($"The requested output_dimensionality {form.Dimensions} is larger than the model's {length}.");
        var longest = form.Inputs.Max(input => TokenCounter.Count(input));
        return longest > model.ContextWindow ? GoogleErrors.ContextTooLong(longest, model.ContextWindow) : null;
    }

    public static string ReadText(JsonElement content) => string.Concat(
        (Has(content, "parts", out var parts) ? parts.EnumerateArray() : default)
            .Select(part => Has(part, "text", out var text) ? text.GetString() : part.GetRawText()));

    public static JsonElement Vector(AnswerContext context, string input)
    {
        var form = (AnswerForm.Embeddings)context.Request.Form;
        return EmbeddingVector.Numbers(input, form.Dimensions ?? context.Model.EmbeddingDimensions!.Value);
    }
}
