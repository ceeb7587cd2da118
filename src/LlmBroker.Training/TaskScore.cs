namespace LlmBroker.Training;

/// <summary>How often a classifier is right, over one group of prompts.</summary>
/// <param name="Rows">How many prompts.</param>
/// <param name="Accuracy">Share of right answers; "unknown" is wrong.</param>
/// <param name="MacroF1">The mean of F1 over the tasks that occur.</param>
/// <param name="CalibrationError">
/// Expected calibration error in ten bins of equal width (Guo et al. 2017): how far, on average, confidence is from the share of right answers.
/// </param>
internal sealed record TaskScore(int Rows, double Accuracy, double MacroF1, double CalibrationError)
{
    private const int Bins = 10;

    public static TaskScore Of(IReadOnlyCollection<JudgedPrompt> prompts)
    {
        var f1 = prompts.Select(prompt => prompt.Example.Task).Distinct().Average(task =>
        {
            var hits = prompts.Count(prompt => prompt.Example.Task == task && prompt.IsRight);
            return 2.0 * hits / (prompts.Count(prompt => prompt.Example.Task == task) + prompts.Count(prompt => prompt.Prediction.Task == task));
        });
        var error = prompts
            .GroupBy(prompt => Math.Min((int)(prompt.Prediction.Confidence * Bins), Bins - 1))
            .Sum(bin => Math.Abs(bin.Sum(prompt => prompt.Prediction.Confidence - (prompt.IsRight ? 1 : 0)))) / prompts.Count;
        return new TaskScore(prompts.Count, (double)prompts.Count(prompt => prompt.IsRight) / prompts.Count, f1, error);
    }
}
