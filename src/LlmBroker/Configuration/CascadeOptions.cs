namespace LlmBroker.Configuration;

/// <summary>Cheap first, then a look at the answer, and the large model for what does not pass.</summary>
public sealed record CascadeOptions
{
    /// <summary>
    /// What is looked at, in this order: <c>jsonSchema</c>, <c>truncation</c>, <c>refusal</c>, <c>language</c>, <c>lengthRatio</c>, <c>numbers</c>,
    /// <c>names</c>, or the name of a validator of your own. One that does not concern a request passes it. Default: all of the built-in ones.
    /// </summary>
    public IReadOnlyList<string>? Validators { get; init; }

    /// <summary>A model that says how good an answer is which passed the validators. Default: none.</summary>
    public JudgeOptions? Judge { get; init; }

    /// <summary>Requests whose expected gain is at least this go to the large model at once, 0 to 1. Default: none.</summary>
    public double? SkipAboveGain { get; init; }
}
