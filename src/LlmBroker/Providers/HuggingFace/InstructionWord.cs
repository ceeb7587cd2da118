namespace LlmBroker.Providers.HuggingFace;

/// <summary>What a word does in an instruction; the kinds of <c>instructions.txt</c>, and languages.</summary>
internal enum InstructionWord
{
    Unknown = 0,
    Translate,
    Summarize,
    Classify,
    Extract,
    Ask,
    To,
    From,
    ToAfter,
    FromAfter,
    Filler,
    Below,
    Above,
    Label,
    Prompt,
    Only,
    Demand,
    Link,
    Language,
}

/// <summary>A word, with the code of an <see cref="InstructionWord.Language"/>.</summary>
internal readonly record struct InstructionToken(InstructionWord Kind, string? Language = null);
