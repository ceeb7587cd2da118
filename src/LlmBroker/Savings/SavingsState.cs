namespace LlmBroker.Savings;

/// <summary>Whether a run can be compared with what it would have cost elsewhere. Numbered as in the query.</summary>
internal enum SavingsState
{
    /// <summary>It has not ended.</summary>
    Open = 0,

    /// <summary>It ended without an answer: money spent for nothing, and nothing to compare with.</summary>
    Failed = 1,

    /// <summary>It was answered, but a price is unknown.</summary>
    Unpriced = 2,

    /// <summary>It was answered, and every price is known.</summary>
    Compared = 3,
}
