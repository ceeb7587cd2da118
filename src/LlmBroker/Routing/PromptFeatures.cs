namespace LlmBroker.Routing;

/// <summary>What the shape of a prompt tells, whatever its language. Named in the cue sheet as <c>@code_fence</c> and so on.</summary>
[Flags]
internal enum PromptFeatures
{
    None = 0,

    /// <summary>A Markdown code fence.</summary>
    CodeFence = 1 << 0,

    /// <summary>Several lines that look like source code or markup.</summary>
    CodeLines = 1 << 1,

    /// <summary>Digits joined by operators, or mathematical signs.</summary>
    Equation = 1 << 2,

    /// <summary>A short text with two numbers or more that asks something: a word problem.</summary>
    NumbersAndQuestion = 1 << 3,

    /// <summary>The first or the last line is a question, and little else is there.</summary>
    ShortQuestion = 1 << 4,

    /// <summary>The first or the last line is a question about a longer text.</summary>
    PassageAndQuestion = 1 << 5,

    /// <summary>Lettered or numbered answers to choose from.</summary>
    Options = 1 << 6,

    /// <summary>Not the first question of a conversation.</summary>
    LaterTurn = 1 << 7,
}
