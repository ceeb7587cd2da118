namespace LlmBroker.Training;

/// <summary>A prompt with what a strong and a weak model made of it.</summary>
/// <param name="Prompt">The text of the user's message.</param>
/// <param name="Benchmark">Where it comes from, e.g. <c>mmlu</c>.</param>
/// <param name="Source">Whose answers they are, e.g. <c>RouteLLM/mmlu</c>.</param>
/// <param name="Strong">Score of the strong model, 0 to 1.</param>
/// <param name="Weak">Score of the weak model.</param>
/// <param name="Scores">Scores of other models by their names; empty where only two were asked.</param>
internal sealed record GainExample(string Prompt, string Benchmark, string Source, double Strong, double Weak, IReadOnlyDictionary<string, double> Scores)
{
    public double Gain => Strong - Weak;

    /// <summary>How hard it is: the part of the models that fail on it; null where only two were asked.</summary>
    public double? Difficulty => Scores.Count == 0 ? null : 1 - Scores.Values.Average();

    /// <summary>The part of the named models that fail on it.</summary>
    public double FailuresOf(IReadOnlyCollection<string> models) => models.Average(model => 1 - Scores.GetValueOrDefault(model));
}
