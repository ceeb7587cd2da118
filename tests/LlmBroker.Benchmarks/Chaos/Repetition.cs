namespace LlmBroker.Benchmarks.Chaos;

/// <summary>A second message with the id of a first.</summary>
internal enum Repetition
{
    None = 0,

    /// <summary>The same body, at the same moment.</summary>
    AtOnce,

    /// <summary>The same body, while the first may be running.</summary>
    Later,

    /// <summary>The same body, after the reply.</summary>
    AfterReply,

    /// <summary>Another body.</summary>
    OtherBody,
}
