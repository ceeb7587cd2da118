namespace LlmBroker.Cascade;

/// <summary>A name in <c>policies.{name}.cascade.validators</c> and how to make what it stands for.</summary>
internal sealed record CompletionValidatorType(string Name, Func<IServiceProvider, ICompletionValidator> Create);
