using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>
/// Multinomial logistic regression over hashed features, by stochastic gradient descent with a step for each weight that shrinks with what it
/// has moved (AdaGrad: Duchi, Hazan, Singer 2011), weight decay and label smoothing. One thread and a seeded order, so that the same input
/// gives the same model.
/// </summary>
/// <remarks>
/// Of our own, since the features have to be hashed and grouped as the prediction does it, and the rows must go into one table of bytes: what
/// is left for a library is this loop.
/// </remarks>
internal sealed class SoftmaxTrainer
{
    private const int Tasks = RoutingModel.Tasks;
    private const int Epochs = 6;
    private const float LearningRate = 0.06f;
    private const float Decay = 1e-3f;
    private const float Smoothing = 0.05f;

    private readonly float[] words = new float[PromptHasher.Buckets * Tasks];
    private readonly float[] wordSteps = new float[PromptHasher.Buckets * Tasks];
    private readonly float[] shape = new float[PromptShape.Count * Tasks];
    private readonly float[] shapeSteps = new float[PromptShape.Count * Tasks];

    /// <param name="rows">In any order.</param>
    /// <param name="seed">Of the order in which they are seen.</param>
    /// <param name="card">Of the model.</param>
    public static RoutingModel Train(IReadOnlyList<TrainingRow> rows, int seed, RoutingModelCard card)
    {
        var trainer = new SoftmaxTrainer();
        var random = new Random(seed);
        var order = Enumerable.Range(0, rows.Count).ToArray();
        for (var epoch = 0; epoch < Epochs; epoch++)
        {
            random.Shuffle(order);
            foreach (var index in order)
                trainer.Learn(rows[index]);
        }

        return trainer.ToModel(card);
    }

    private void Learn(TrainingRow row)
    {
        Span<float> gradient = stackalloc float[Tasks];
        Score(row, gradient);
        RoutingModel.Softmax(gradient, sharpness: 1);
        for (var task = 0; task < Tasks; task++)
        {
            var wanted = (Smoothing / Tasks) + (task == row.Task ? 1 - Smoothing : 0);
            gradient[task] = (gradient[task] - wanted) * row.Weight;
        }

        Move(row.Body, RoutingModel.GroupWeight(row.Body.Length), gradient);
        Move(row.Edge, RoutingModel.GroupWeight(row.Edge.Length), gradient);
        for (var number = 0; number < row.Shape.Length; number++)
        {
            if (row.Shape[number] != 0)
                Move(shape, shapeSteps, number, row.Shape[number], gradient, leastStep: 1e-4f);
        }
    }

    private void Score(TrainingRow row, Span<float> scores)
    {
        scores.Clear();
        Add(row.Body, scores);
        Add(row.Edge, scores);
        for (var number = 0; number < row.Shape.Length; number++)
        {
            for (var task = 0; task < Tasks; task++)
                scores[task] += row.Shape[number] * shape[(number * Tasks) + task];
        }
    }

    private void Add(int[] features, Span<float> scores)
    {
        var weight = RoutingModel.GroupWeight(features.Length);
        foreach (var feature in features)
        {
            for (var task = 0; task < Tasks; task++)
                scores[task] += weight * words[(feature * Tasks) + task];
        }
    }

    private void Move(int[] features, float value, ReadOnlySpan<float> gradient)
    {
        foreach (var feature in features)
            Move(words, wordSteps, feature, value, gradient, leastStep: 1e-3f);
    }

    private static void Move(float[] weights, float[] steps, int feature, float value, ReadOnlySpan<float> gradient, float leastStep)
    {
        for (var task = 0; task < Tasks; task++)
        {
            var at = (feature * Tasks) + task;
            var slope = (gradient[task] * value) + (Decay * weights[at]);
            steps[at] += slope * slope;
            weights[at] -= LearningRate * slope / (MathF.Sqrt(steps[at]) + leastStep);
        }
    }

    private RoutingModel ToModel(RoutingModelCard card)
    {
        var unit = words.Max(Math.Abs) / sbyte.MaxValue;
        var rows = new sbyte[PromptHasher.Buckets * RoutingModel.Columns];
        for (var feature = 0; feature < PromptHasher.Buckets; feature++)
        {
            for (var task = 0; task < Tasks; task++)
                rows[(feature * RoutingModel.Columns) + task] = (sbyte)MathF.Round(words[(feature * Tasks) + task] / unit);
        }

        return new RoutingModel(card, rows, unit, shape, GainModelTrainer.None, sharpness: 1);
    }
}
