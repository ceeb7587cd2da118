namespace LlmBroker.Cascade;

/// <summary>
/// Looks at the answer of a cheap model under a cascade. A plug-in point: register one of your own by
/// <see cref="CompletionValidatorExtensions.AddCompletionValidator"/> and name it in <c>policies.{name}.cascade.validators</c>.
/// It is called once for each answer, so it must be thread safe, should answer in microseconds and must not do I/O.
/// What is rejected is paid for twice: pass what is not surely wrong, and whatever the validator is not about.
/// An exception counts as a bug: it is logged, and the answer passes.
/// </summary>
public interface ICompletionValidator
{
    /// <returns>
    /// Null when it passes; else what is wrong, in a few words without text of the request, since they are kept in the ledger and told in the
    /// reply's route.
    /// </returns>
    string? Reject(CheckedCompletion completion);
}
