using LlmBroker.Configuration;
using LlmBroker.Routing;

namespace LlmBroker.Inference.Cascade;

/// <summary>
/// A translation that lost a number of its text, or a summary with a number that its text does not have. Numbers are compared by their digits
/// whatever separates them, so that 1,250.5 is 1.250,5 and 12万 is 120,000; those below 13 are let pass, since they are as often written as
/// words, and a year may lose its century.
/// </summary>
internal sealed class NumbersValidator : ICompletionValidator
{
    public string Name => CascadeValidatorNames.Numbers;

    public string? FindFault(in CheckedCompletion completion)
    {
        var isTranslation = completion.Task == TaskKind.Translation.ToWire();
        if (!isTranslation && completion.Task != TaskKind.Summarization.ToWire())
            return null;

        var source = NumberReader.Read(completion.Source);
        foreach (var text in completion.Texts())
        {
            var answer = NumberReader.Read(text);
            // What a summary adds is made up; what the prompt says about it, such as a number of words, it may repeat.
            var fault = isTranslation
                ? source.FirstMissingIn(answer) is { } lost ? $"the number {lost} of the text is missing" : null
                : answer.FirstMissingIn(NumberReader.Read(completion.Prompt)) is { } added ? $"the number {added} is not in the text" : null;
            if (fault is not null)
                return fault;
        }

        return null;
    }
}
