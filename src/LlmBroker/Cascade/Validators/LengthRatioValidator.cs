namespace LlmBroker.Cascade.Validators;

/// <summary>
/// A translation is about as long as its text, a rewritten text not many times as long, a summary shorter. Lengths count in Latin letters, so
/// that Chinese and English can be compared. The bounds are far apart: what real pairs of texts differ by is at most half of them. Short texts
/// pass, and so does a translation whose text cannot be told from its instruction.
/// </summary>
internal sealed class LengthRatioValidator : ICompletionValidator
{
    /// <summary>Of the text, in Latin letters; below it a few words more make a large ratio.</summary>
    private const int ShortestText = 60;

    private const int ShortestToSummarize = 600;

    private const double LeastOfTranslation = 0.3;
    private const double MostOfTranslation = 3.3;
    private const double MostOfRewriting = 8;

    /// <summary>For words around the answer, such as "Here is the translation:".</summary>
    private const int Slack = 200;

    public string? Reject(CheckedCompletion completion)
    {
        if (completion.CallsTools || completion.WantsJson)
            return null;

        var answer = TextWeight.Of(completion.Text);
        var text = TextWeight.Of(completion.Source ?? completion.Prompt);
        return completion.Task switch
        {
            "translation" when completion.Source is not null && text >= ShortestText => answer < text * LeastOfTranslation
                ? "the answer is much shorter than the text"
                : answer > (text * MostOfTranslation) + Slack ? "the answer is much longer than the text" : null,
            "rewriting" when text >= ShortestText && answer > (text * MostOfRewriting) + Slack => "the answer is much longer than the text",
            "summarization" when text >= ShortestToSummarize && answer > text => "the summary is longer than the text",
            _ => null,
        };
    }
}
