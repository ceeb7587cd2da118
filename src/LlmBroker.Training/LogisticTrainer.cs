namespace LlmBroker.Training;

/// <summary>
/// Logistic regression with an L2 penalty on the distance from given weights, over sparse rows: Newton's method, each step by preconditioned conjugate
/// gradients and shortened until the loss falls (Lin, Weng, Keerthi 2008). The same input gives the same weights.
/// </summary>
/// <param name="rows">The features of each example.</param>
/// <param name="labels">Whether each is what the probability is of.</param>
internal sealed class LogisticTrainer(SparseRow[] rows, bool[] labels)
{
    private const int NewtonSteps = 20;
    private const int ConjugateSteps = 30;
    private const int Halvings = 20;

    /// <summary>The gradient has become so small a part of what it was at the first: it is done.</summary>
    private const double Enough = 1e-3;

    /// <summary>A step is near enough to the parabola's minimum: more exact ones are not worth their time, since the next corrects it.</summary>
    private const double Near = 1e-2;

    /// <param name="center">Weights from which the distance counts; one for each feature.</param>
    /// <param name="penalties">On the square of the distance of each feature, halved; more than 0.</param>
    /// <param name="start">Where to begin; weights that are near make it quicker.</param>
    /// <returns>The weights.</returns>
    public double[] Train(double[] center, double[] penalties, double[] start)
    {
        var weights = (double[])start.Clone();
        var scores = rows.Select(row => row.Dot(weights)).ToArray();
        var objective = Objective(scores, weights, center, penalties);
        var first = 0.0;
        for (var step = 0; step < NewtonSteps; step++)
        {
            var (gradient, curvatures) = Gradient(scores, weights, center, penalties);
            var size = Math.Sqrt(Dot(gradient, gradient));
            first = step == 0 ? size : first;
            if (size <= Enough * first || size == 0)
                break;

            var direction = Solve(gradient, curvatures, penalties);
            var moves = rows.Select(row => row.Dot(direction)).ToArray();
            var slope = Dot(gradient, direction);
            var length = 1.0;
            var halvings = 0;
            for (; halvings < Halvings; halvings++, length /= 2)
            {
                double[] nextScores = [.. scores.Zip(moves, (score, move) => score + (length * move))];
                double[] next = [.. weights.Zip(direction, (weight, move) => weight + (length * move))];
                var nextObjective = Objective(nextScores, next, center, penalties);
                if (nextObjective > objective + (1e-4 * length * slope))
                    continue;
                (scores, weights, objective) = (nextScores, next, nextObjective);
                break;
            }

            if (halvings == Halvings)
                break;
        }

        return weights;
    }

    /// <summary>The mean log loss of weights, in nats; 0 of no rows.</summary>
    public double LogLoss(double[] weights)
    {
        var sum = 0.0;
        for (var i = 0; i < rows.Length; i++)
            sum += Loss(rows[i].Dot(weights), labels[i]);
        return rows.Length == 0 ? 0 : sum / rows.Length;
    }

    private static double Loss(double score, bool label)
    {
        var wrong = label ? -score : score;
        return wrong > 30 ? wrong : Math.Log(1 + Math.Exp(wrong));
    }

    private double Objective(double[] scores, double[] weights, double[] center, double[] penalties)
    {
        var sum = 0.0;
        for (var i = 0; i < scores.Length; i++)
            sum += Loss(scores[i], labels[i]);
        for (var k = 0; k < weights.Length; k++)
            sum += penalties[k] / 2 * (weights[k] - center[k]) * (weights[k] - center[k]);
        return sum;
    }

    private (double[] Gradient, double[] Curvatures) Gradient(double[] scores, double[] weights, double[] center, double[] penalties)
    {
        var (gradient, curvatures) = (new double[weights.Length], new double[rows.Length]);
        for (var k = 0; k < weights.Length; k++)
            gradient[k] = penalties[k] * (weights[k] - center[k]);
        for (var i = 0; i < rows.Length; i++)
        {
            var probability = 1 / (1 + Math.Exp(-scores[i]));
            curvatures[i] = probability * (1 - probability);
            rows[i].AddTo(gradient, probability - (labels[i] ? 1 : 0));
        }

        return (gradient, curvatures);
    }

    /// <summary>The step that leads to the minimum of the parabola, or most of the way there.</summary>
    private double[] Solve(double[] gradient, double[] curvatures, double[] penalties)
    {
        var diagonal = (double[])penalties.Clone();
        for (var i = 0; i < rows.Length; i++)
            rows[i].AddSquaresTo(diagonal, curvatures[i]);

        var step = new double[gradient.Length];
        double[] residual = [.. gradient.Select(value => -value)];
        double[] scaled = [.. residual.Zip(diagonal, (value, weight) => value / weight)];
        var direction = (double[])scaled.Clone();
        var left = Dot(residual, scaled);
        var enough = left * Near;
        for (var round = 0; round < ConjugateSteps && left > enough; round++)
        {
            double[] image = [.. direction.Zip(penalties, (value, penalty) => value * penalty)];
            for (var i = 0; i < rows.Length; i++)
                rows[i].AddTo(image, curvatures[i] * rows[i].Dot(direction));
            var length = left / Dot(direction, image);
            for (var k = 0; k < step.Length; k++)
            {
                step[k] += length * direction[k];
                residual[k] -= length * image[k];
                scaled[k] = residual[k] / diagonal[k];
            }

            var next = Dot(residual, scaled);
            for (var k = 0; k < step.Length; k++)
                direction[k] = scaled[k] + (next / left * direction[k]);
            left = next;
        }

        return step;
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var k = 0; k < a.Length; k++)
            sum += a[k] * b[k];
        return sum;
    }
}
