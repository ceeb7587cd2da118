using LlmBroker.Learning;
using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>Learns the correction of a model's gain from the labels of a ledger, beginning at the correction that the model has.</summary>
internal static class GainCorrectionTrainer
{
    /// <summary>Of the large model's answers that a lot chose so many are enough; else all count, which are those of the harder requests.</summary>
    public const int FewestLargeByLot = 50;

    /// <summary>Places of what counts beside words, which come first.</summary>
    private const int Others = 2 + RoutingModel.Tasks;

    /// <summary>On everything but words: there is enough of it to be trusted.</summary>
    private const double OtherPenalty = 0.1;

    /// <summary>How much words are held back where they begin: from all but altogether to hardly.</summary>
    private static readonly double[] WordPenalties = [1e6, 3, 1, 0.3, 0.1, 0.03];

    /// <summary>
    /// Minimises the log loss of the labels of cheap answers with an L2 penalty on the distance from the running correction (a slope of 1 and nothing
    /// else where there is none). The penalty of words is the one that does best on the youngest fifth of the rows. The large model's shares are smoothed
    /// towards that of all tasks by ten rows; without a label of them they stay.
    /// </summary>
    /// <param name="running">The model that is corrected.</param>
    /// <param name="examples">Labels of cheap answers with features, of which there is at least one, and of large ones. The same ones give the same model.</param>
    /// <returns>The running model with the correction, its card and its reference gains as they were.</returns>
    /// <exception cref="ArgumentException">A cheap answer has no features, or there is none.</exception>
    public static RoutingModel Train(RoutingModel running, IReadOnlyList<LedgerExample> examples)
    {
        var cheap = examples.Where(example => example.OfCheap).OrderBy(example => example.AcceptedAt).ToArray();
        if (cheap.Length == 0)
            throw new ArgumentException("There is no label of a cheap answer to learn from.", nameof(examples));

        // Words that no example has stay where they are.
        int[] words = [.. cheap.SelectMany(FeaturesOf).Distinct().Order()];
        var rows = RowsOf(running, cheap, words);
        bool[] labels = [.. cheap.Select(example => example.Bad)];
        var older = cheap.Length * 4 / 5;
        var center = WeightsOf(running, words);
        var (penalty, near) = ChoosePenalty(center, new LogisticTrainer(rows[..older], labels[..older]), new LogisticTrainer(rows[older..], labels[older..]));
        var weights = new LogisticTrainer(rows, labels).Train(center, PenaltiesOf(penalty, words.Length), near);

        float[] wordWeights = [.. Enumerable.Range(0, PromptHasher.Buckets).Select(running.CorrectionWeight)];
        for (var i = 0; i < words.Length; i++)
            wordWeights[words[i]] = (float)weights[i];
        var others = weights.AsSpan(words.Length);
        var tasks = new float[RoutingModel.Tasks];
        for (var task = 0; task < tasks.Length; task++)
            tasks[task] = (float)others[2 + task];
        return running.With(
            new GainCorrection(
                (float)others[0], (float)others[1], Math.Max(wordWeights.Max(Math.Abs), 1e-6f) / sbyte.MaxValue, tasks,
                LargeBadByTask(examples) ?? running.Correction?.LargeBad ?? new float[RoutingModel.Tasks]),
            wordWeights);
    }

    /// <summary>The part of the large model's answers that is bad, 0 to 1; 0 where nothing is said of them.</summary>
    public static double LargeBad(IEnumerable<LedgerExample> examples) =>
        LargeOf(examples) is { Length: > 0 } large ? (double)large.Count(example => example.Bad) / large.Length : 0;

    private static LedgerExample[] LargeOf(IEnumerable<LedgerExample> examples)
    {
        var large = examples.Where(example => !example.OfCheap).ToArray();
        return large.Where(example => example.Arm is not null).ToArray() is { Length: >= FewestLargeByLot } drawn ? drawn : large;
    }

    private static float[]? LargeBadByTask(IEnumerable<LedgerExample> examples)
    {
        const double Prior = 10;
        var large = LargeOf(examples);
        if (large.Length == 0)
            return null;

        var all = LargeBad(large);
        var shares = new float[RoutingModel.Tasks];
        for (var task = 0; task < shares.Length; task++)
        {
            var name = ((TaskKind)(task + 1)).ToWire();
            var ofTask = large.Where(example => example.Task == name).ToArray();
            shares[task] = (float)((ofTask.Count(example => example.Bad) + (Prior * all)) / (ofTask.Length + Prior));
        }

        return shares;
    }

    /// <summary>The penalty of words that does best on the younger rows, and what the older ones come to with it.</summary>
    private static (double Penalty, double[] Weights) ChoosePenalty(double[] center, LogisticTrainer older, LogisticTrainer younger)
    {
        var (best, least, weights) = ((WordPenalties[0], center), double.PositiveInfinity, center);
        foreach (var penalty in WordPenalties)
        {
            weights = older.Train(center, PenaltiesOf(penalty, center.Length - Others), weights);
            if (younger.LogLoss(weights) is var loss && loss < least)
                (best, least) = ((penalty, weights), loss);
        }

        return best;
    }

    private static double[] PenaltiesOf(double ofWords, int words) => [.. Enumerable.Repeat(ofWords, words), .. Enumerable.Repeat(OtherPenalty, Others)];

    /// <summary>Of these words, and then the bias, the slope, and each task.</summary>
    private static double[] WeightsOf(RoutingModel model, int[] words) =>
    [
        .. words.Select(word => (double)model.CorrectionWeight(word)),
        model.Correction?.Bias ?? 0, model.Correction?.Slope ?? 1, .. (model.Correction?.Tasks ?? new float[RoutingModel.Tasks]).Select(weight => (double)weight),
    ];

    /// <summary>As the correction sees them: each word weighed by how many there are, 1, the log-odds of the model's own gain, and the tasks.</summary>
    private static SparseRow[] RowsOf(RoutingModel model, LedgerExample[] cheap, int[] words)
    {
        var places = words.Index().ToDictionary(word => word.Item, word => word.Index);
        var scratch = new PredictionScratch();
        var tasks = new float[RoutingModel.Tasks];
        return [.. cheap.Select(example =>
        {
            example.Features!.CopyTo(scratch);
            model.Predict(scratch);
            var gain = model.UncorrectedGainOf(scratch, TaskKinds.TryParse(example.Task, out var task) ? task : TaskKind.Unknown, tasks);
            int[] own = [.. FeaturesOf(example).Select(word => places[word])];
            return new SparseRow(
                [.. own, .. Enumerable.Range(words.Length, Others)],
                [.. Enumerable.Repeat(GainCorrection.WordWeight(own.Length), own.Length), 1, GainCorrection.LogOdds(gain), .. tasks]);
        })];
    }

    private static IEnumerable<int> FeaturesOf(LedgerExample example) =>
        example.Features is { } features ? features.Body.Concat(features.Edge) : throw new ArgumentException("A cheap answer without features teaches nothing.");
}
