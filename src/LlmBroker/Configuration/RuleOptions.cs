namespace LlmBroker.Configuration;

/// <summary>A rule of a policy: what a request must be like, and where it goes then. What is not given is not asked for.</summary>
public sealed record RuleOptions
{
    /// <summary>Kinds of work, of which the request must ask for one; <c>unknown</c> for what the classifier is not sure of.</summary>
    public IReadOnlyList<string> Tasks { get; init; } = [];

    /// <summary>Source languages of a translation, in ISO 639-1, of which it must have one.</summary>
    public IReadOnlyList<string> From { get; init; } = [];

    /// <summary>Target languages of a translation, in ISO 639-1, of which it must have one.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>Fewest tokens of the prompt, estimated. Default: 0.</summary>
    public int MinPromptTokens { get; init; }

    /// <summary>Most tokens of the prompt, estimated. Default: any number.</summary>
    public int? MaxPromptTokens { get; init; }

    /// <summary>Tenants, of which the request must come from one.</summary>
    public IReadOnlyList<string> Tenants { get; init; } = [];

    /// <summary>Lanes, of which the request must be in one.</summary>
    public IReadOnlyList<string> Lanes { get; init; } = [];

    /// <summary>Members that the request's metadata must have, with these texts.</summary>
    public Dictionary<string, string> Metadata { get; init; } = [];

    /// <summary>Capabilities that the request must need, all of them, such as <c>vision</c>, <c>tools</c> or <c>jsonSchema</c>.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>The model that the request goes to. Excludes <see cref="Tier"/>.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// <c>cheap</c> or <c>large</c>, or <c>auto</c> to go on as if there were no rules. Excludes <see cref="Model"/>.
    /// </summary>
    public string? Tier { get; init; }
}
