namespace LlmBroker.Feedback;

/// <summary>What became of one feedback message.</summary>
internal enum FeedbackState
{
    /// <summary>It is in the ledger now.</summary>
    Stored = 1,

    /// <summary>It was in the ledger already: the same message, delivered again.</summary>
    Repeated = 2,

    /// <summary>The tenant has no such request, or had it so long ago that nothing of it is kept.</summary>
    UnknownRequest = 3,

    /// <summary>The request has no such run yet.</summary>
    UnknownRun = 4,
}
