namespace LlmBroker.Providers.HuggingFace;

/// <summary>A request taken apart, or why it is not certain enough to be.</summary>
/// <param name="Task">Translate or Summarize.</param>
/// <param name="Text">The bare text.</param>
/// <param name="Source">Its language when the request says it, in ISO 639-1.</param>
/// <param name="Target">Language to translate into.</param>
/// <param name="WhyNot">In a few words, without text of the caller; null when it is certain.</param>
internal sealed record TextSplit(InstructionWord Task, string Text, string? Source, string? Target, string? WhyNot = null)
{
    public static TextSplit Uncertain(string why) => new(InstructionWord.Unknown, "", null, null, why);
}
