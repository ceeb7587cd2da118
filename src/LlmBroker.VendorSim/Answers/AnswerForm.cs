using System.Text.Json;

namespace LlmBroker.Simulation.Answers;

/// <summary>What shape the caller asked the answer to have.</summary>
internal abstract record AnswerForm
{
    private AnswerForm()
    {
    }

    public sealed record Prose : AnswerForm
    {
        public static Prose Instance { get; } = new();
    }

    public sealed record AnyJson : AnswerForm;

    /// <summary>JSON that must be valid against the schema; the element lives as long as the request's document.</summary>
    public sealed record SchemaJson(JsonElement? Schema) : AnswerForm;

    /// <summary>Tools that the model calls; <paramref name="Chosen"/> when the caller named the one.</summary>
    public sealed record ToolCalls(IReadOnlyList<OfferedTool> Tools, bool Chosen) : AnswerForm;

    public sealed record Embeddings(IReadOnlyList<string> Inputs, int? Dimensions, bool IsBase64) : AnswerForm;

    /// <summary>What a small model for one task does with an input; which task that is, the model says.</summary>
    public sealed record Task(JsonElement Inputs, JsonElement? Parameters) : AnswerForm;
}
