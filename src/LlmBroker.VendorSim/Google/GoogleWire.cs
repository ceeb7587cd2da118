using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmBroker.Simulation.Google;

internal sealed record GenerateContentAnswer(UsageMetadata UsageMetadata, string ModelVersion, string ResponseId)
{
    /// <summary>Null when the prompt was blocked.</summary>
    public IReadOnlyList<Candidate>? Candidates { get; init; }

    /// <summary>Null unless the prompt was blocked.</summary>
    public PromptFeedback? PromptFeedback { get; init; }

    /// <summary>Vertex AI's.</summary>
    public string? CreateTime { get; init; }
}

internal sealed record Candidate(int Index, string FinishReason)
{
    public Content? Content { get; init; }

    public string? FinishMessage { get; init; }

    public IReadOnlyList<SafetyRating>? SafetyRatings { get; init; }

    public double? AvgLogprobs { get; init; }

    public LogprobsResult? LogprobsResult { get; init; }
}

internal sealed record Content(IReadOnlyList<Part> Parts, string Role);

/// <summary>A union: one of text and call is set.</summary>
internal sealed record Part
{
    public string? Text { get; init; }

    public bool? Thought { get; init; }

    public FunctionCall? FunctionCall { get; init; }
}

internal sealed record FunctionCall(string Id, string Name, JsonElement Args);

internal sealed record SafetyRating(string Category, string Probability)
{
    public bool? Blocked { get; init; }
}

internal sealed record LogprobsResult(IReadOnlyList<TokenCandidates> TopCandidates, IReadOnlyList<TokenCandidate> ChosenCandidates);

internal sealed record TokenCandidates(IReadOnlyList<TokenCandidate> Candidates);

internal sealed record TokenCandidate(string Token, int TokenId, double LogProbability);

internal sealed record PromptFeedback(string BlockReason, IReadOnlyList<SafetyRating> SafetyRatings);

/// <param name="PromptTokenCount">Cached ones included.</param>
/// <param name="CandidatesTokenCount">Without thoughts.</param>
internal sealed record UsageMetadata(int PromptTokenCount, int? CandidatesTokenCount, int TotalTokenCount, IReadOnlyList<ModalityCount> PromptTokensDetails)
{
    public int? CachedContentTokenCount { get; init; }

    public int? ThoughtsTokenCount { get; init; }

    /// <summary>Vertex AI's.</summary>
    public string? TrafficType { get; init; }
}

internal sealed record ModalityCount(string Modality, int TokenCount);

internal sealed record EmbedContentAnswer(ContentEmbedding Embedding);

internal sealed record BatchEmbedContentsAnswer(IReadOnlyList<ContentEmbedding> Embeddings);

internal sealed record ContentEmbedding(JsonElement Values);

internal sealed record PredictAnswer(IReadOnlyList<Prediction> Predictions, PredictMetadata Metadata);

internal sealed record Prediction(PredictedEmbedding Embeddings);

internal sealed record PredictedEmbedding(JsonElement Values, EmbeddingStatistics Statistics);

internal sealed record EmbeddingStatistics([property: JsonPropertyName("token_count")] int TokenCount, bool Truncated);

internal sealed record PredictMetadata(int BillableCharacterCount);

internal sealed record ErrorResponse(ErrorBody Error);

internal sealed record ErrorBody(int Code, string Message, string Status)
{
    public IReadOnlyList<ErrorDetail>? Details { get; init; }
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "@type")]
[JsonDerivedType(typeof(ErrorInfo), "type.googleapis.com/google.rpc.ErrorInfo")]
[JsonDerivedType(typeof(BadRequest), "type.googleapis.com/google.rpc.BadRequest")]
[JsonDerivedType(typeof(QuotaFailure), "type.googleapis.com/google.rpc.QuotaFailure")]
[JsonDerivedType(typeof(Help), "type.googleapis.com/google.rpc.Help")]
[JsonDerivedType(typeof(RetryInfo), "type.googleapis.com/google.rpc.RetryInfo")]
internal abstract record ErrorDetail;

internal sealed record ErrorInfo(string Reason, string Domain, Dictionary<string, string> Metadata) : ErrorDetail;

internal sealed record BadRequest(IReadOnlyList<FieldViolation> FieldViolations) : ErrorDetail;

internal sealed record FieldViolation(string Field, string Description);

internal sealed record QuotaFailure(IReadOnlyList<QuotaViolation> Violations) : ErrorDetail;

internal sealed record QuotaViolation(string QuotaMetric, string QuotaId);

internal sealed record Help(IReadOnlyList<HelpLink> Links) : ErrorDetail;

internal sealed record HelpLink(string Description, string Url);

internal sealed record RetryInfo(string RetryDelay) : ErrorDetail;

[JsonSerializable(typeof(GenerateContentAnswer))]
[JsonSerializable(typeof(EmbedContentAnswer))]
[JsonSerializable(typeof(BatchEmbedContentsAnswer))]
[JsonSerializable(typeof(PredictAnswer))]
[JsonSerializable(typeof(ErrorResponse))]
internal sealed partial class GoogleJson : JsonSerializerContext
{
    /// <summary>As the vendor writes: text in UTF-8, not in escapes, and members that are not set left out.</summary>
    public static GoogleJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
