namespace LlmBroker.Configuration;

/// <summary>The models that do one task better or cheaper than a policy's cheap model: experts.</summary>
public sealed record ExpertOptions
{
    /// <summary>For the whole task. Default: the policy's cheap model.</summary>
    public string? Model { get; init; }

    /// <summary>For translations of one pair of languages, such as <c>en-zh</c> (ISO 639-1, source and target); before <see cref="Model"/>.</summary>
    public Dictionary<string, string> Pairs { get; init; } = [];
}
