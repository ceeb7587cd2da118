namespace LlmBroker.Configuration;

/// <summary>
/// A routing policy. With <see cref="Model"/> it always takes that model; otherwise it takes <see cref="Cheap"/> for the tasks in
/// <see cref="CheapTasks"/> while the prompt is short enough and the classifier sure enough, and <see cref="Large"/> for the rest.
/// </summary>
public sealed record PolicyOptions
{
    /// <summary>The only model of a fixed policy. Excludes <see cref="Cheap"/> and <see cref="Large"/>.</summary>
    public string? Model { get; init; }

    /// <summary>The model for easy requests.</summary>
    public string? Cheap { get; init; }

    /// <summary>The model for the rest.</summary>
    public string? Large { get; init; }

    /// <summary>Tasks that the cheap model does well. Default: translation, summarization, classification, extraction, rewriting.</summary>
    public IReadOnlyList<string>? CheapTasks { get; init; }

    /// <summary>Longest prompt, in estimated tokens, for the cheap model. Default: 8000.</summary>
    public int MaxCheapPromptTokens { get; init; } = 8000;

    /// <summary>Confidence below which a classified task counts as unknown, 0 to 1. Default: 0.5.</summary>
    public double MinConfidence { get; init; } = 0.5;

    /// <summary>Rules, of which the first that fits decides; before everything else but <see cref="Model"/>. Default: none.</summary>
    public IReadOnlyList<RuleOptions> Rules { get; init; } = [];

    /// <summary>Models made for one task, in place of <see cref="Cheap"/>. Default: none.</summary>
    public Dictionary<string, ExpertOptions> Experts { get; init; } = [];

    /// <summary>Chooses by the expected gain of the large model. Default: by <see cref="CheapTasks"/>.</summary>
    public AutoOptions? Auto { get; init; }

    /// <summary>Checks the answers of the cheap model, and asks the large one where one does not pass. Default: none.</summary>
    public CascadeOptions? Cascade { get; init; }

    /// <summary>
    /// Part of the choices that is drawn by lot instead, half to each tier, so that the quality and the saving of the policy can be measured;
    /// 0 to 1. Default: 0.
    /// </summary>
    public double HoldOut { get; init; }

    /// <summary>
    /// Models to fall back to, in order, after all deployments of the chosen one, when that is out, rate limited or out of quota.
    /// </summary>
    public IReadOnlyList<string> FallbackModels { get; init; } = [];

    /// <summary>The same with conditions; they come after <see cref="FallbackModels"/>.</summary>
    public IReadOnlyList<FallbackOptions> Fallbacks { get; init; } = [];

    /// <summary>How one of a model's deployments is chosen under this policy. Default: as the model says.</summary>
    public string? Strategy { get; init; }

    /// <summary>Whether the languages of a translation can matter to what is decided, or to the checks of its answer.</summary>
    internal bool AsksForLanguages =>
        Cascade is not null || Experts.Values.Any(expert => expert.Pairs.Count > 0) || Rules.Any(rule => rule.From.Count + rule.To.Count > 0);

    /// <summary>Every model to fall back to, in order.</summary>
    internal IEnumerable<string> AllFallbackModels => FallbackModels.Concat(Fallbacks.Select(fallback => fallback.Model));
}
