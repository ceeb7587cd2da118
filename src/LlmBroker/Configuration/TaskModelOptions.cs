namespace LlmBroker.Configuration;

/// <summary>What a fine-tuned model for one task knows, for deployments whose <c>api</c> is translation, summarization, classification or extraction.</summary>
public sealed record TaskModelOptions
{
    /// <summary>Languages of the text that the model reads, in ISO 639-1 such as <c>en</c>. Default: any.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Languages that a translation model writes, in ISO 639-1. Needed for <c>api: translation</c>.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>
    /// What the model itself calls the languages, e.g. <c>{ "es": "spa_Latn" }</c> for NLLB. When it is given, source and target are sent with each
    /// text; a model of one pair needs none. Default: none.
    /// </summary>
    public Dictionary<string, string> LanguageCodes { get; init; } = [];

    /// <summary>
    /// What a classification model answers with, in people's words: <c>{ "LABEL_1": "positive" }</c>; with <see cref="ZeroShot"/> the candidates are the
    /// request's. Default: the model's own words.
    /// </summary>
    public Dictionary<string, string> Labels { get; init; } = [];

    /// <summary>The classification model takes its labels from the request. Default: false.</summary>
    public bool ZeroShot { get; init; }
}
