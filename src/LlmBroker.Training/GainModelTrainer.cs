using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>
/// Teaches a model the gain: its exam head on the questions that a strong and a weak model answered, its head for everything else on the judgements that
/// our own prompts carry, and its head for word problems on how hard several models found them, beginning with what is known of such problems: the
/// longer and the more numbers, the harder.
/// </summary>
internal sealed class GainModelTrainer(IReadOnlyList<GainExample> answered, int seed)
{
    private const int Folds = 10;
    private const int Words = PromptHasher.Buckets;
    private const int FormAt = Words;
    private const int TasksAt = FormAt + GainShape.Count;
    private const int Size = TasksAt + GainHeads.TaskRows;

    /// <summary>Whose strong and weak model are those that the gain is about.</summary>
    private const string ExamSource = "RouteLLM/mmlu";

    private const string Problems = "gsm8k";

    /// <summary>How hard other models found other questions says a little.</summary>
    private const double OthersWeight = 0.1;

    private const double ExamPenalty = 10;
    private const double OwnPenalty = 5;
    private const double ProblemPenalty = 100;

    /// <summary>Judgements are steps of 0 to 4; questions judged like the exam's come to the exam's mean gain by it.</summary>
    private const double JudgementUnit = 0.1;

    /// <summary>It is to rank problems that are alike, and not to outweigh what sets a problem apart from other work.</summary>
    private const float ProblemShare = 0.25f;

    private const float FormScale = 0.2f;
    private const float TaskScale = 0.5f;

    /// <summary>A model that knows nothing of the gain.</summary>
    public static GainHeads None { get; } = new(
        new float[GainShape.Count * GainHeads.Count], new float[GainHeads.TaskRows * GainHeads.Count], 1, new float[GainHeads.QuantileCount]);

    /// <param name="model">That knows the tasks.</param>
    /// <param name="report">Told of each score.</param>
    public RoutingModel Train(RoutingModel model, Action<RoutingModelGainScore> report)
    {
        var own = OwnTexts.JudgedGains().Select(example => Row.Of(model, example.Prompt, example.Gain * JudgementUnit)).ToArray();
        var exam = answered.Where(example => example.Source == ExamSource).Select(example => Row.Of(model, example.Prompt, example.Gain)).ToArray();
        var others = Centred(model, exam.Length == 0 ? 0 : exam.Average(row => row.Target));
        var problems = answered.Where(example => example.Benchmark == Problems && example.Difficulty is not null)
            .Select(example => Row.Of(model, example.Prompt, example.Difficulty!.Value)).ToArray();

        var other = TrainOwn(own);
        var problem = TrainProblems(problems);
        var full = With(model, exam.Length == 0 ? other : TrainExam(exam, others), problem, other, own);
        var scores = new List<RoutingModelGainScore>();
        if (exam.Length >= Folds)
            Report($"{ExamSource}, {Folds}-fold", CrossValidate(model, exam, others, problem, other, own), [.. exam.Select(row => row.Target)], isSameScale: true);
        foreach (var group in answered.Where(example => example.Source != ExamSource).GroupBy(example => example.Benchmark).OrderBy(group => group.Key, StringComparer.Ordinal))
            Report($"{group.Key} (not its models)", Predict(full, group.Select(example => example.Prompt)), [.. group.Select(example => example.Gain)], isSameScale: false);
        return full.With(full.Card with { GainScores = scores }, full.Sharpness);

        void Report(string name, IReadOnlyList<double> predictions, IReadOnlyList<double> gains, bool isSameScale)
        {
            var score = GainScore.Of(predictions, gains);
            if (double.IsNaN(score.Apgr))
                return;
            scores.Add(new RoutingModelGainScore(
                name, gains.Count, Math.Round(score.Apgr, 4), Math.Round(score.Cpt50, 4), Math.Round(score.Cpt80, 4),
                isSameScale ? Math.Round(CalibrationError(predictions, gains), 4) : null));
            report(scores[^1]);
        }
    }

    public static IReadOnlyList<double> Predict(RoutingModel model, IEnumerable<string> prompts)
    {
        var predictor = new GainPredictor(model);
        return [.. prompts.Select(prompt => (double)predictor.Predict(new ClassifierInput(null, prompt, 1), TaskKind.Unknown))];
    }

    /// <summary>Each question predicted by a model that was trained without it.</summary>
    private double[] CrossValidate(RoutingModel model, Row[] exam, Row[] others, float[] problem, float[] other, Row[] own)
    {
        var order = Enumerable.Range(0, exam.Length).ToArray();
        new Random(seed).Shuffle(order);
        var predictions = new double[exam.Length];
        for (var fold = 0; fold < Folds; fold++)
        {
            var head = TrainExam([.. order.Where((_, at) => at % Folds != fold).Select(index => exam[index])], others);
            var without = new GainPredictor(With(model, head, problem, other, own));
            foreach (var index in order.Where((_, at) => at % Folds == fold))
                predictions[index] = without.Predict(new ClassifierInput(null, exam[index].Prompt, 1), TaskKind.Unknown);
        }

        return predictions;
    }

    private static double CalibrationError(IReadOnlyList<double> predictions, IReadOnlyList<double> gains) => predictions
        .Select((prediction, index) => (Prediction: prediction, Gain: gains[index]))
        .OrderBy(pair => pair.Prediction)
        .Chunk(Math.Max(1, predictions.Count / 10))
        .Sum(bin => Math.Abs(bin.Average(pair => pair.Prediction) - bin.Average(pair => pair.Gain)) * bin.Length) / predictions.Count;

    /// <summary>Of other models' answers only what is hard within a benchmark, for their level differs.</summary>
    private Row[] Centred(RoutingModel model, double mean) =>
    [
        .. answered.Where(example => example.Difficulty is not null).GroupBy(example => example.Benchmark).SelectMany(group =>
        {
            var level = group.Average(example => example.Difficulty!.Value);
            return group.Select(example => Row.Of(model, example.Prompt, mean + example.Difficulty!.Value - level));
        }),
    ];

    private static float[] TrainExam(Row[] exam, Row[] others)
    {
        var rows = exam.Concat(others).ToArray();
        return RidgeTrainer.Train(
            [.. rows.Select(row => row.ToSparse(withWords: true))],
            [.. rows.Select(row => row.Target)],
            [.. rows.Select((_, index) => index < exam.Length ? 1 : OthersWeight)],
            Size,
            ExamPenalty);
    }

    private static float[] TrainOwn(Row[] own) => RidgeTrainer.Train(
        [.. own.Select(row => row.ToSparse(withWords: true))], [.. own.Select(row => row.Target)], [.. own.Select(_ => 1.0)], Size, OwnPenalty);

    private static float[] TrainProblems(Row[] problems)
    {
        var weights = new float[Size];
        var begin = new double[Size];
        // In units of the gain; the values are of about the same spread.
        foreach (var (place, weight) in ((int, double)[])[(GainShape.Length, 0.10), (GainShape.Numbers, 0.04), (GainShape.Sentences, 0.03)])
            begin[FormAt + place] = weight / FormScale;
        if (problems.Length > 0)
        {
            var rows = problems.Select(row => row.ToSparse(withWords: false)).ToArray();
            var known = rows.Select(row => row.Dot(begin)).ToArray();
            var (mean, meanKnown) = (problems.Average(row => row.Target), known.Average());
            weights = RidgeTrainer.Train(
                rows, [.. problems.Select((row, index) => row.Target - mean - (known[index] - meanKnown))], [.. problems.Select(_ => 1.0)], Size, ProblemPenalty);
            // It ranks problems among each other, and leaves their level to the other head.
            weights[TasksAt + RoutingModel.Tasks] -= (float)(meanKnown / TaskScale);
        }

        for (var i = 0; i < Size; i++)
            weights[i] = (weights[i] + (float)begin[i]) * ProblemShare;
        return weights;
    }

    private static RoutingModel With(RoutingModel model, float[] exam, float[] problem, float[] other, Row[] own)
    {
        float[][] heads = [exam, problem, other];
        var words = new float[Words * GainHeads.Count];
        for (var feature = 0; feature < Words; feature++)
        {
            for (var head = 0; head < GainHeads.Count; head++)
                words[(feature * GainHeads.Count) + head] = heads[head][feature];
        }

        var gain = new GainHeads(
            Rows(FormAt, GainShape.Count, FormScale), Rows(TasksAt, GainHeads.TaskRows, TaskScale), Math.Max(words.Max(Math.Abs), 1e-6f) / sbyte.MaxValue, new float[GainHeads.QuantileCount]);
        var taught = model.With(gain, words);
        var sorted = Predict(taught, own.Select(row => row.Prompt)).Order().ToArray();
        for (var i = 0; i < GainHeads.QuantileCount; i++)
            gain.Quantiles[i] = (float)sorted[(int)((long)(sorted.Length - 1) * i / (GainHeads.QuantileCount - 1))];
        return taught;

        float[] Rows(int at, int count, float scale) =>
            [.. Enumerable.Range(0, count).SelectMany(number => heads.Select(head => head[at + number] * scale))];
    }

    /// <summary>An example as the heads see it.</summary>
    private sealed record Row(string Prompt, double Target, int[] Body, int[] Edge, float[] Form, float[] Probabilities)
    {
        private static readonly CueTaskClassifier Cues = new();

        public static Row Of(RoutingModel model, string prompt, double target)
        {
            var scratch = PredictionScratch.Own;
            scratch.Read(new ClassifierInput(null, prompt, 1), Cues);
            var probabilities = new float[RoutingModel.Tasks];
            model.Predict(scratch, probabilities);
            var row = new Row(prompt, target, scratch.Body.ToArray(), scratch.Edge.ToArray(), [.. scratch.Form], probabilities);
            scratch.Clear();
            return row;
        }

        public SparseRow ToSparse(bool withWords)
        {
            var features = new List<int>();
            var values = new List<float>();
            foreach (var group in withWords ? (int[][])[Body, Edge] : [])
            {
                features.AddRange(group);
                values.AddRange(Enumerable.Repeat(RoutingModel.GroupWeight(group.Length), group.Length));
            }

            for (var number = 0; number < Form.Length; number++)
                Add(FormAt + number, Form[number] * FormScale);
            for (var task = 0; task < RoutingModel.Tasks && withWords; task++)
                Add(TasksAt + task, Probabilities[task] * TaskScale);
            Add(TasksAt + RoutingModel.Tasks, TaskScale);
            return new SparseRow([.. features], [.. values]);

            void Add(int feature, float value)
            {
                if (value == 0)
                    return;
                features.Add(feature);
                values.Add(value);
            }
        }
    }
}
