namespace LlmBroker.Inference.Cascade;

/// <summary>
/// Looks at an answer of a cheap model under a cascade; one that does not pass goes to the large model. A plug-in point: register your own and
/// name it under <c>cascade.validators</c>. Called for each answer on the worker's path: it must be thread safe, should take microseconds, and
/// must do no I/O. An exception is logged and passes the answer.
/// </summary>
public interface ICompletionValidator
{
    /// <summary>Its name in the configuration.</summary>
    string Name { get; }

    /// <summary>What is wrong with the answer in a few words that do not quote it at length; null when it passes or is none of this validator's concern.</summary>
    string? FindFault(in CheckedCompletion completion);
}
