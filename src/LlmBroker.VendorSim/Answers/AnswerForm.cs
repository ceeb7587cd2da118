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

    /// <summary>A tool that has to be called; <paramref name="Chosen"/> when the caller named this one.</summary>
    public sealed record ToolCall(string Name, JsonElement? Parameters, bool Chosen) : AnswerForm;

    public sealed record Embeddings(IReadOnlyList<string> Inputs, int? Dimensions, bool IsBase64) : AnswerForm;
}
