namespace LlmBroker.Savings;

/// <summary>Which of the policy's two models a run went to. Numbered as in the query.</summary>
internal enum AnswerPath
{
    /// <summary>The cheap one, and no further.</summary>
    Cheap = 0,

    /// <summary>The large one at once.</summary>
    Large = 1,

    /// <summary>The cheap one, whose answer a cascade rejected.</summary>
    Escalated = 2,
}
