namespace LlmBroker.Simulation.Answers;

/// <summary>What a valid request asks for, whichever vendor's shape it came in.</summary>
internal sealed record ModelRequest
{
    public required string Model { get; init; }

    public required Prompt Prompt { get; init; }

    public AnswerForm Form { get; init; } = AnswerForm.Prose.Instance;

    public int? MaxOutputTokens { get; init; }

    /// <summary>The parameter that set <see cref="MaxOutputTokens"/>, for the refusal's text.</summary>
    public string MaxOutputParameter { get; init; } = "max_tokens";

    public int Choices { get; init; } = 1;

    public IReadOnlyList<string> StopSequences { get; init; } = [];

    public bool WantsLogprobs { get; init; }
}
