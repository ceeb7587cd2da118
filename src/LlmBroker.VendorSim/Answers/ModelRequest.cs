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

    /// <summary>Where each choice answers a text of its own: those texts. Else empty.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    public IReadOnlyList<string> StopSequences { get; init; } = [];

    public bool WantsLogprobs { get; init; }

    /// <summary>How many alternatives beside each token; counts only with <see cref="WantsLogprobs"/>.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>Another seed gives another text.</summary>
    public long Seed { get; init; }

    /// <summary>The caller told a model that reasons not to, or has not told one to that asks for it.</summary>
    public bool IsReasoningOff { get; init; }
}
