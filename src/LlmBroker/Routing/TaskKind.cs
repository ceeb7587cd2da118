namespace LlmBroker.Routing;

/// <summary>The kind of work a request asks for. It decides, with the size, which tier a request goes to.</summary>
public enum TaskKind
{
    /// <summary>Nothing in the request says what it is.</summary>
    Unknown = 0,

    /// <summary>From one human language into another.</summary>
    Translation,

    /// <summary>A shorter text, a headline or key points of a given text.</summary>
    Summarization,

    /// <summary>One or more labels out of a set: topic, sentiment, intent, spam.</summary>
    Classification,

    /// <summary>Names, fields, keywords or tables taken out of a given text.</summary>
    Extraction,

    /// <summary>A question with an answer, with or without a passage to answer from.</summary>
    Qa,

    /// <summary>Programs, queries, scripts and questions about them.</summary>
    Code,

    /// <summary>Calculations, word problems, proofs and puzzles.</summary>
    MathReasoning,

    /// <summary>The same content in other words: corrected, shortened, in another tone.</summary>
    Rewriting,

    /// <summary>A new text: mail, story, article, poem.</summary>
    Writing,

    /// <summary>Advice, ideas, recommendations, opinions and small talk.</summary>
    ChatBrainstorm,
}
