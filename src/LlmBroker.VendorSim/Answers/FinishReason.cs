namespace LlmBroker.Simulation.Answers;

/// <summary>Why an answer ended, before a vendor's word is put on it.</summary>
internal enum FinishReason
{
    /// <summary>There is no such reason, as with embeddings.</summary>
    Unknown = 0,
    Stop,
    StopSequence,
    Length,
    ToolCalls,

    /// <summary>The model declined, in words of its own.</summary>
    Refused,

    /// <summary>The answer was filtered.</summary>
    Filtered,

    /// <summary>A guardrail stood in for the answer.</summary>
    Intervened,

    /// <summary>The prompt was filtered: there is no answer at all.</summary>
    PromptFiltered,

    /// <summary>The answer was too much like what the model was trained on.</summary>
    Recited,
}
