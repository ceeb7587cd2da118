using LlmBroker.Routing;
using LlmBroker.Routing.Prediction;

namespace LlmBroker.Training;

/// <summary>
/// Teaches a model the gain. Its exam head learns from questions that a strong and a weak model answered, its head for problems from how many of the
/// weaker of nine models failed on them, its head for everything else from the judgements that our own prompts carry; what is known without any data
/// (which tasks gain at all, that long problems are hard) is where they begin.
/// </summary>
internal sealed class GainModelTrainer(IReadOnlyList<GainExample> answered, int seed)
{
    private const int Folds = 10;
    private const int Words = PromptHasher.Buckets;
    private const int FormAt = Words;
    private const int TasksAt = FormAt + GainShape.Count;
    private const int AlwaysAt = TasksAt + RoutingModel.Tasks;
    private const int Size = TasksAt + GainHeads.TaskRows;

    /// <summary>Whose strong and weak model are those that the gain is about.</summary>
    private const string ExamSource = "RouteLLM/mmlu";

    private const string Problems = "gsm8k";

    /// <summary>How hard other models found other questions says a little of the exam, and so does what was judged.</summary>
    private const double OthersWeight = 0.1;

    private const double JudgedWeight = 0.3;
    private const double ExamPenalty = 10;
    private const double OwnPenalty = 5;
    private const double ProblemPenalty = 30;

    /// <summary>What a step of a judgement, which are 0 to 4, comes to among prompts of one task, and what in an exam.</summary>
    private const double JudgementUnit = 0.07;

    private const double JudgementUnitInExam = 0.075;

    /// <summary>
    /// Of the spread of failures so much counts as gain: which problems one pair of models differs on says little of another, and a problem's length
    /// must not outweigh that it is one.
    /// </summary>
    private const double GainOfFailures = 0.2;

    /// <summary>What <see cref="Known"/> comes to for a problem of 230 letters, four numbers and four sentences.</summary>
    private const double KnownOfTypical = 0.32;

    private const float FormScale = 0.2f;
    private const float TaskScale = 0.5f;

    /// <summary>What a strong model gains on each task on average, by common knowledge of such models; 0.13 is what it gains in the exam.</summary>
    private static readonly Dictionary<TaskKind, double> Levels = new()
    {
        [TaskKind.MathReasoning] = 0.32,
        [TaskKind.Code] = 0.24,
        [TaskKind.Extraction] = 0.15,
        [TaskKind.Qa] = 0.13,
        [TaskKind.Classification] = 0.12,
        [TaskKind.Translation] = 0.10,
        [TaskKind.Summarization] = 0.08,
        [TaskKind.Rewriting] = 0.07,
        [TaskKind.Writing] = 0.06,
        [TaskKind.ChatBrainstorm] = 0.05,
    };

    /// <summary>A model that knows nothing of the gain.</summary>
    public static GainHeads None { get; } = new(
        new float[GainShape.Count * GainHeads.Count], new float[GainHeads.TaskRows * GainHeads.Count], 1, new float[GainHeads.QuantileCount]);

    /// <param name="model">That knows the tasks.</param>
    /// <param name="report">Told of each score.</param>
    public RoutingModel Train(RoutingModel model, Action<RoutingModelGainScore> report)
    {
        var scores = new List<RoutingModelGainScore>();
        var own = OwnTexts.JudgedGains().Select(judged => Row.Of(model, judged.Example.Prompt, judged.Example.Source, judged.Example.Task, judged.Gain)).ToArray();
        var other = TrainOther(own);
        var exam = ExamHead(model, own, other, Report);
        var problem = ProblemHead(model, Report);
        var full = With(model, exam, problem, other);

        // What is told of prompts that a model has learnt is told too boldly: the reference is what models without them say.
        var reference = new List<double>();
        foreach (var source in own.GroupBy(row => row.Source))
        {
            var without = With(model, exam, problem, TrainOther([.. own.Where(row => row.Source != source.Key)]));
            var predictions = Predict(without, source.Select(row => row.Prompt));
            reference.AddRange(predictions);
            Report($"{source.Key}, left out, as judged by us", predictions, [.. source.Select(row => row.Judgement)], isSameScale: false);
        }

        reference.Sort();
        for (var i = 0; i < GainHeads.QuantileCount; i++)
            full.Gain.Quantiles[i] = (float)reference[(int)((long)(reference.Count - 1) * i / (GainHeads.QuantileCount - 1))];
        return full.With(full.Card with { GainScores = scores, Sources = [.. full.Card.Sources, .. SourcesOf()], Notes = [.. full.Card.Notes, .. Notes] }, full.Sharpness);

        void Report(string name, IReadOnlyList<double> predictions, IReadOnlyList<double> gains, bool isSameScale)
        {
            var score = GainScore.Of(predictions, gains);
            if (double.IsNaN(score.Apgr))
                return;
            scores.Add(new RoutingModelGainScore(
                name, gains.Count, Math.Round(score.Apgr, 4), Math.Round(score.Cpt50, 4), Math.Round(score.Cpt80, 4),
                isSameScale ? Math.Round(GainScore.CalibrationError(predictions, gains), 4) : null));
            report(scores[^1]);
        }
    }

    /// <summary>The expected gain of each prompt.</summary>
    public static IReadOnlyList<double> Predict(RoutingModel model, IEnumerable<string> prompts)
    {
        var predictor = new GainPredictor(model);
        return [.. prompts.Select(prompt => (double)predictor.Predict(new ClassifierInput(null, prompt, 1), TaskKind.Unknown))];
    }

    /// <summary>As the card names where an example comes from.</summary>
    public static string SourceOf(GainExample example) => example.Source == example.Benchmark ? example.Source : $"{example.Source}, {example.Benchmark}";

    private float[] ExamHead(RoutingModel model, Row[] own, float[] other, Report report)
    {
        var exam = answered.Where(example => example.Source == ExamSource).Select(example => Row.Of(model, example.Prompt, ExamSource, TaskKind.Unknown, example.Gain)).ToArray();
        if (exam.Length < Folds)
            return other;

        var helpers = Helpers(model, own, exam.Average(row => row.Target));
        var predictions = CrossValidate(exam, rows => TrainExam(rows, helpers));
        var (slope, offset) = Line(predictions, [.. exam.Select(row => row.Target)]);
        report(
            $"{ExamSource}, {Folds}-fold", [.. predictions.Select(prediction => Math.Clamp((slope * prediction) + offset, 0, 1))], [.. exam.Select(row => row.Target)], isSameScale: true);
        return Scaled(TrainExam(exam, helpers), slope, offset);
    }

    private float[] ProblemHead(RoutingModel model, Report report)
    {
        var examples = answered.Where(example => example.Benchmark == Problems && example.Scores.Count > 1).ToArray();
        if (examples.Length < Folds)
            return Scaled(Known(), 1, Levels[TaskKind.MathReasoning] - KnownOfTypical);

        var models = examples[0].Scores.Keys.OrderBy(name => examples.Average(example => example.Scores.GetValueOrDefault(name))).ToArray();
        var (weaker, stronger) = (models[..(models.Length / 2)], models[(models.Length / 2)..]);
        var level = examples.Average(example => example.FailuresOf(weaker));
        var rows = examples
            .Select(example => Row.Of(model, example.Prompt, Problems, TaskKind.Unknown, Levels[TaskKind.MathReasoning] + (GainOfFailures * (example.FailuresOf(weaker) - level))))
            .ToArray();
        report(
            $"{Problems}, {Folds}-fold, the stronger half of its models against the weaker", CrossValidate(rows, TrainProblems),
            [.. examples.Select(example => example.FailuresOf(weaker) - example.FailuresOf(stronger))], isSameScale: false);
        return TrainProblems(rows);
    }

    /// <summary>Each row predicted by a head that was trained without it.</summary>
    private double[] CrossValidate(Row[] rows, Func<Row[], float[]> train)
    {
        var order = Enumerable.Range(0, rows.Length).ToArray();
        new Random(seed).Shuffle(order);
        var predictions = new double[rows.Length];
        for (var fold = 0; fold < Folds; fold++)
        {
            double[] head = [.. train([.. order.Where((_, at) => at % Folds != fold).Select(index => rows[index])])];
            foreach (var index in order.Where((_, at) => at % Folds == fold))
                predictions[index] = rows[index].ToSparse(withEdge: false).Dot(head);
        }

        return predictions;
    }

    /// <summary>Of other models' answers only what is hard within a benchmark, for their levels differ; of our own what is harder than the rest.</summary>
    private (Row Row, double Weight)[] Helpers(RoutingModel model, Row[] own, double mean)
    {
        var judged = own.Average(row => row.Judgement);
        return
        [
            .. answered.Where(example => example.Difficulty is not null).GroupBy(example => example.Benchmark).SelectMany(group =>
            {
                var level = group.Average(example => example.Difficulty!.Value);
                return group.Select(example => (Row.Of(model, example.Prompt, group.Key, TaskKind.Unknown, mean + example.Difficulty!.Value - level), OthersWeight));
            }),
            .. own.Select(row => (row with { Target = mean + ((row.Judgement - judged) * JudgementUnitInExam) }, JudgedWeight)),
        ];
    }

    private static float[] TrainExam(Row[] exam, (Row Row, double Weight)[] helpers) => RidgeTrainer.Train(
        [.. exam.Concat(helpers.Select(helper => helper.Row)).Select(row => row.ToSparse(withEdge: false))],
        [.. exam.Concat(helpers.Select(helper => helper.Row)).Select(row => row.Target)],
        [.. exam.Select(_ => 1.0), .. helpers.Select(helper => helper.Weight)],
        Size,
        ExamPenalty);

    /// <summary>The level of a task is what is known of it; our judgements say what is hard within it.</summary>
    private static float[] TrainOther(Row[] own)
    {
        var means = own.GroupBy(row => row.Task).ToDictionary(task => task.Key, task => task.Average(row => row.Judgement));
        return RidgeTrainer.Train(
            [.. own.Select(row => row.ToSparse(withEdge: true))],
            [.. own.Select(row => Levels[row.Task] + ((row.Judgement - means[row.Task]) * JudgementUnit))],
            [.. own.Select(_ => 1.0)],
            Size,
            OwnPenalty);
    }

    private static float[] TrainProblems(Row[] problems)
    {
        var rows = problems.Select(row => row.ToSparse(withEdge: false)).ToArray();
        double[] begin = [.. Known()];
        var known = rows.Select(row => row.Dot(begin)).ToArray();
        var (mean, meanKnown) = (problems.Average(row => row.Target), known.Average());
        var learnt = RidgeTrainer.Train(
            rows, [.. problems.Select((row, index) => row.Target - mean - (known[index] - meanKnown))], [.. problems.Select(_ => 1.0)], Size, ProblemPenalty);
        return Scaled([.. learnt.Select((weight, index) => weight + (float)begin[index])], 1, mean - meanKnown);
    }

    /// <summary>Of problems the long ones are hard, and those with many numbers.</summary>
    private static float[] Known()
    {
        var weights = new float[Size];
        foreach (var (place, weight) in ((int, float)[])[(GainShape.Length, 0.16f), (GainShape.Numbers, 0.012f), (GainShape.Sentences, 0.012f)])
            weights[FormAt + place] = weight / FormScale;
        return weights;
    }

    private static float[] Scaled(float[] head, double slope, double offset)
    {
        float[] scaled = [.. head.Select(weight => (float)(weight * slope))];
        scaled[AlwaysAt] += (float)(offset / TaskScale);
        return scaled;
    }

    /// <summary>The line through the points by least squares.</summary>
    private static (double Slope, double Offset) Line(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        var slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
        return (slope, meanY - (slope * meanX));
    }

    private static RoutingModel With(RoutingModel model, float[] exam, float[] problem, float[] other)
    {
        float[][] heads = [exam, problem, other];
        var words = new float[Words * GainHeads.Count];
        for (var feature = 0; feature < Words; feature++)
        {
            for (var head = 0; head < GainHeads.Count; head++)
                words[(feature * GainHeads.Count) + head] = heads[head][feature];
        }

        return model.With(
            new GainHeads(
                Rows(FormAt, GainShape.Count, FormScale),
                Rows(TasksAt, GainHeads.TaskRows, TaskScale),
                Math.Max(words.Max(Math.Abs), 1e-6f) / sbyte.MaxValue,
                new float[GainHeads.QuantileCount]),
            words);

        float[] Rows(int at, int count, float scale) =>
            [.. Enumerable.Range(0, count).SelectMany(number => heads.Select(head => head[at + number] * scale))];
    }

    private IEnumerable<RoutingModelSource> SourcesOf() => answered.GroupBy(SourceOf).Select(group =>
        new RoutingModelSource(group.Key, group.Count(), "as its file says, per row", group.First().Source == ExamSource ? 1 : OthersWeight));

    private static readonly string[] Notes =
    [
        "Gain, MMLU in 10 parts, APGR; parts drawn anew differ by 0.005, other questions of as many by 0.02. Prompt length: 0.599. Words: 0.622; form alone: 0.605; both: 0.636. "
            + "Boosted trees over form and tasks: 0.612, and with the former 0.626. The mean of each subject, were it known: 0.623. A latent space of 30, 60, 100 dimensions "
            + "(SVD of all prompts) besides: 0.633, 0.646, 0.628. How hard nine other models found other questions, at a tenth of the weight: +0.003; our judgements at 0.3: +0.005. Word vectors of a public sentence model as further features: 0.660; not used, for the model is to be made of the named data and our own texts alone.",
        "Gain, GSM8K, failures of the middle models told in 10 parts, APGR: prompt length 0.548, what was learnt alone 0.53, learnt on top of length 0.552; failures on contest problems besides: worse.",
        "Gain, everything else: a task's level is what is known of such models, since our judgements differ more within a task than between tasks; they rank within it.",
    ];

    private delegate void Report(string name, IReadOnlyList<double> predictions, IReadOnlyList<double> gains, bool isSameScale);

    /// <summary>An example as the heads see it.</summary>
    private sealed record Row(string Prompt, string Source, TaskKind Task, double Judgement, double Target, int[] Body, int[] Edge, float[] Form, float[] Probabilities)
    {
        private static readonly CueTaskClassifier Cues = new();

        public static Row Of(RoutingModel model, string prompt, string source, TaskKind task, double target)
        {
            var scratch = PredictionScratch.Own;
            scratch.Read(new ClassifierInput(null, prompt, 1), Cues);
            model.Predict(scratch);
            var row = new Row(prompt, source, task, target, target, scratch.Body.ToArray(), scratch.Edge.ToArray(), [.. scratch.Form], [.. scratch.Probabilities]);
            scratch.Clear();
            return row;
        }

        public SparseRow ToSparse(bool withEdge)
        {
            var features = new List<int>();
            var values = new List<float>();
            foreach (var group in withEdge ? (int[][])[Body, Edge] : [Body])
            {
                features.AddRange(group);
                values.AddRange(Enumerable.Repeat(RoutingModel.GroupWeight(group.Length), group.Length));
            }

            for (var number = 0; number < Form.Length; number++)
                Add(FormAt + number, Form[number] * FormScale);
            for (var task = 0; task < RoutingModel.Tasks; task++)
                Add(TasksAt + task, Probabilities[task] * TaskScale);
            Add(AlwaysAt, TaskScale);
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
