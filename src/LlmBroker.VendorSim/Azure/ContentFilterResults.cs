using LlmBroker.Simulation.OpenAi;

namespace LlmBroker.Simulation.Azure;

/// <summary>The verdicts that Azure puts beside prompts, answers and refusals.</summary>
internal static class ContentFilterResults
{
    private static readonly string[] Categories = ["hate", "self_harm", "sexual", "violence"];

    public static Dictionary<string, FilterVerdict> Prompt(bool isFiltered)
    {
        var verdicts = Severities(isFiltered);
        verdicts["jailbreak"] = new FilterVerdict(false) { Detected = false };
        return verdicts;
    }

    public static Dictionary<string, FilterVerdict> Answer(bool isFiltered) => Severities(isFiltered);

    private static Dictionary<string, FilterVerdict> Severities(bool isFiltered) => Categories.ToDictionary(
        category => category,
        category => isFiltered && category == "violence" ? new FilterVerdict(true) { Severity = "medium" } : new FilterVerdict(false) { Severity = "safe" });
}
