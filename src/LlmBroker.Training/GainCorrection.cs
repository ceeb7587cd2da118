using LlmBroker.Learning;

namespace LlmBroker.Training;

/// <summary>
/// What a ledger's labels add to a model of the gain. The probability that a cheap answer is bad is logistic in the running model's gain, the
/// task and the hashed words of the prompt; of it goes the probability that the large model's answer is bad as well, by task. Immutable.
/// </summary>
internal sealed class GainCorrection
{
    private const double Neutral = 0.5;

    /// <summary>From so much that words count for nothing down to hardly any.</summary>
    private static readonly double[] WordPenalties = [1, 0.1, 0.03, 0.01, 0.003, 0.001];

    private readonly Dictionary<string, double> taskBias;
    private readonly Dictionary<string, double> largeBadByTask;
    private readonly float[] words;
    private readonly double bias;
    private readonly double slope;

    private GainCorrection(double bias, double slope, Dictionary<string, double> taskBias, float[] words, double largeBad, Dictionary<string, double> largeBadByTask)
    {
        (this.bias, this.slope, this.taskBias, this.words) = (bias, slope, taskBias, words);
        (LargeBad, this.largeBadByTask) = (largeBad, largeBadByTask);
    }

    /// <summary>The share of the large model's answers that are bad.</summary>
    public double LargeBad { get; }

    /// <summary>The expected gain, 0 to 1.</summary>
    public double Predict(LedgerExample example)
    {
        var task = example.Task ?? "";
        var large = largeBadByTask.GetValueOrDefault(task, LargeBad);
        return Math.Clamp(Sigmoid(Score(example, task)) - large, 0, 1);
    }

    /// <summary>
    /// Minimises the log loss of the labels of cheap answers with an L2 penalty, by AdaGrad (Duchi et al. 2011) in an order that the seed
    /// gives. The penalty of words is the one that does best on the youngest fifth of the rows. Examples without features teach the task and
    /// the slope alone. The large model's shares are smoothed towards that of all tasks by ten rows.
    /// </summary>
    public static GainCorrection Train(IReadOnlyList<LedgerExample> examples, int buckets, int seed)
    {
        var cheap = examples.Where(example => example.OfCheap).OrderBy(example => example.AcceptedAt).ToArray();
        var older = cheap[..(cheap.Length * 4 / 5)];
        var younger = cheap[older.Length..];
        var penalty = WordPenalties.MinBy(penalty => Train(older, [], buckets, seed, penalty).LogLoss(younger));
        return Train(cheap, [.. examples.Where(example => !example.OfCheap)], buckets, seed, penalty);
    }

    private static GainCorrection Train(LedgerExample[] cheap, LedgerExample[] large, int buckets, int seed, double wordPenalty)
    {
        const int Epochs = 8;
        // A word's share in the score is small, so its weight has a long way to go.
        const double Rate = 0.05, WordRate = 0.5, TaskPenalty = 1e-3, Prior = 10;

        var largeBad = large.Length == 0 ? 0 : (double)large.Count(example => example.Bad) / large.Length;
        var largeBadByTask = large.GroupBy(example => example.Task ?? "").ToDictionary(
            group => group.Key, group => (group.Count(example => example.Bad) + (Prior * largeBad)) / (group.Count() + Prior));

        var model = new GainCorrection(0, 1, [], new float[buckets], largeBad, largeBadByTask);
        var (bias, slope) = (0.0, 1.0);
        var (biasSquares, slopeSquares) = (1e-6, 1e-6);
        var taskSquares = new Dictionary<string, double>();
        var wordSquares = new float[buckets];
        Array.Fill(wordSquares, 1e-6f);
        var order = Enumerable.Range(0, cheap.Length).ToArray();
        var random = new Random(seed);
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (var index in order)
            {
                var example = cheap[index];
                var task = example.Task ?? "";
                model = new GainCorrection(bias, slope, model.taskBias, model.words, largeBad, largeBadByTask);
                var error = Sigmoid(model.Score(example, task)) - (example.Bad ? 1 : 0);
                bias -= Step(Rate, error, ref biasSquares);
                slope -= Step(Rate, (error * LogOdds(example)) + (TaskPenalty * (slope - 1)), ref slopeSquares);

                var ofTask = model.taskBias.GetValueOrDefault(task);
                var squares = taskSquares.GetValueOrDefault(task, 1e-6);
                model.taskBias[task] = ofTask - Step(Rate, error + (TaskPenalty * ofTask), ref squares);
                taskSquares[task] = squares;

                if (example.Features is not { } features)
                    continue;
                var weight = Weight(features);
                foreach (var word in features.Body.Concat(features.Edge))
                {
                    double wordSquare = wordSquares[word];
                    model.words[word] -= (float)Step(WordRate, (error * weight) + (wordPenalty * model.words[word]), ref wordSquare);
                    wordSquares[word] = (float)wordSquare;
                }
            }
        }

        return new GainCorrection(bias, slope, model.taskBias, model.words, largeBad, largeBadByTask);

        static double Step(double rate, double gradient, ref double squares)
        {
            squares += gradient * gradient;
            return rate * gradient / Math.Sqrt(squares);
        }
    }

    private double LogLoss(LedgerExample[] examples) => examples.Length == 0
        ? 0
        : examples.Average(example => Math.Log(1 + Math.Exp((example.Bad ? -1 : 1) * Score(example, example.Task ?? ""))));

    private double Score(LedgerExample example, string task)
    {
        var score = bias + (slope * LogOdds(example)) + taskBias.GetValueOrDefault(task);
        if (example.Features is { } features)
        {
            var sum = 0.0;
            foreach (var word in features.Body)
                sum += words[word];
            foreach (var word in features.Edge)
                sum += words[word];
            score += sum * Weight(features);
        }

        return score;
    }

    /// <summary>A long prompt has no more to say in all than a short one.</summary>
    private static double Weight(StoredFeatures features) => 1 / Math.Sqrt(Math.Max(1, features.Body.Count + features.Edge.Count));

    /// <summary>Of the running model's gain; 0 where it said nothing.</summary>
    private static double LogOdds(LedgerExample example)
    {
        var gain = Math.Clamp(example.Gain ?? Neutral, 0.01, 0.99);
        return Math.Log(gain / (1 - gain));
    }

    private static double Sigmoid(double score) => 1 / (1 + Math.Exp(-score));
}
