using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Cli.Routes;

/// <summary>
/// What of a prompt moves its expected gain most: single words, its form, its tasks. Pairs and beginnings of words are left out; what a ledger
/// taught the model is told as one.
/// </summary>
internal static class GainReasons
{
    /// <param name="model">That predicted.</param>
    /// <param name="input">The request.</param>
    /// <param name="count">At most so many.</param>
    /// <returns>What it is, and by how much it moves the gain; the strongest first.</returns>
    public static IReadOnlyList<(string What, float By)> Of(RoutingModel model, ClassifierInput input, int count)
    {
        var cues = new CueTaskClassifier();
        var scratch = PredictionScratch.Predict(input, model, cues);
        var (form, probabilities, features) = ((float[])scratch.Form.Clone(), (float[])scratch.Probabilities.Clone(), scratch.Body.Length);
        var shares = new float[GainHeads.Count];
        GainHeads.ShareOut(form, probabilities, shares);

        var reasons = new List<(string What, float By)>();
        if (model.Correction is not null)
            reasons.Add(("own traffic", model.GainOf(scratch, TaskKind.Unknown) - model.UncorrectedGainOf(scratch, TaskKind.Unknown, new float[RoutingModel.Tasks])));
        for (var number = 0; number < GainShape.Count; number++)
            reasons.Add((GainShape.Names[number], form[number] * Weight(head => model.Gain.Form[(number * GainHeads.Count) + head])));
        for (var task = 0; task < RoutingModel.Tasks; task++)
            reasons.Add((((TaskKind)(task + 1)).ToWire(), probabilities[task] * Weight(head => model.Gain.Tasks[(task * GainHeads.Count) + head])));
        foreach (var word in Words(input.Prompt))
        {
            scratch.Read(new ClassifierInput(null, word, 1), cues);
            var bucket = scratch.Body[0];
            reasons.Add(($"\"{word}\"", RoutingModel.GroupWeight(features) * Weight(head => model.HeadWeight(bucket, head))));
        }

        return [.. reasons.Where(reason => MathF.Abs(reason.By) >= 0.001f).OrderByDescending(reason => MathF.Abs(reason.By)).Take(count)];

        float Weight(Func<int, float> ofHead) => Enumerable.Range(0, GainHeads.Count).Sum(head => shares[head] * ofHead(head));
    }

    private static HashSet<string> Words(string prompt)
    {
        var text = CueText.Normalize(prompt[..Math.Min(prompt.Length, PromptHasher.WindowLength)]);
        var words = new HashSet<string>();
        for (var (i, end) = (0, 0); i < text.Length; i = end)
        {
            end = i + 1;
            if (!CueText.IsWordLetter(text[i]) && !CueText.IsIdeograph(text[i]))
                continue;
            while (!CueText.IsIdeograph(text[i]) && end < text.Length && CueText.IsWordLetter(text[end]))
                end++;
            words.Add(text[i..end]);
        }

        return words;
    }
}
