using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Models;

/// <summary>What a small model does that was trained for one task. Names in the models file are those of Hugging Face.</summary>
public enum TextTask
{
    /// <summary>Not set; refused by validation.</summary>
    [JsonStringEnumMemberName("unknown")]
    Unknown = 0,

    /// <summary>Text into another language.</summary>
    [JsonStringEnumMemberName("translation")]
    Translation,

    /// <summary>Text into a shorter one.</summary>
    [JsonStringEnumMemberName("summarization")]
    Summarization,

    /// <summary>Text into scores for the model's own labels.</summary>
    [JsonStringEnumMemberName("text-classification")]
    TextClassification,

    /// <summary>Text into scores for the caller's labels.</summary>
    [JsonStringEnumMemberName("zero-shot-classification")]
    ZeroShotClassification,

    /// <summary>Text into the names in it.</summary>
    [JsonStringEnumMemberName("token-classification")]
    TokenClassification,

    /// <summary>Question and context into a part of the context.</summary>
    [JsonStringEnumMemberName("question-answering")]
    QuestionAnswering,

    /// <summary>Text into a vector.</summary>
    [JsonStringEnumMemberName("feature-extraction")]
    FeatureExtraction,
}
