namespace LlmBroker.Training;

/// <summary>
/// Least squares with a penalty on the squares of the weights, over sparse rows, by conjugate gradients (Hestenes, Stiefel 1952). The same input gives
/// the same weights.
/// </summary>
internal static class RidgeTrainer
{
    private const int Iterations = 40;

    /// <param name="rows">The features of each example.</param>
    /// <param name="targets">What each is to come to.</param>
    /// <param name="importance">How much each counts.</param>
    /// <param name="size">How many features there are.</param>
    /// <param name="penalty">On the squares of the weights.</param>
    public static float[] Train(IReadOnlyList<SparseRow> rows, double[] targets, double[] importance, int size, double penalty)
    {
        var weights = new double[size];
        var residual = Transpose(rows, [.. targets.Zip(importance, (target, weight) => target * weight)], size);
        var direction = (double[])residual.Clone();
        var left = Square(residual);
        var enough = left * 1e-10;
        for (var step = 0; step < Iterations && left > enough; step++)
        {
            var image = Transpose(rows, [.. rows.Zip(importance, (row, weight) => row.Dot(direction) * weight)], size);
            var curvature = 0.0;
            for (var i = 0; i < size; i++)
                curvature += direction[i] * (image[i] += penalty * direction[i]);
            var length = left / curvature;
            for (var i = 0; i < size; i++)
            {
                weights[i] += length * direction[i];
                residual[i] -= length * image[i];
            }

            var next = Square(residual);
            for (var i = 0; i < size; i++)
                direction[i] = residual[i] + (next / left * direction[i]);
            left = next;
        }

        return [.. weights.Select(weight => (float)weight)];
    }

    private static double[] Transpose(IReadOnlyList<SparseRow> rows, double[] values, int size)
    {
        var sums = new double[size];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            for (var k = 0; k < row.Features.Length; k++)
                sums[row.Features[k]] += values[i] * row.Values[k];
        }

        return sums;
    }

    private static double Square(double[] values) => values.Sum(value => value * value);
}

/// <summary>The features of an example that are not 0.</summary>
internal readonly record struct SparseRow(int[] Features, float[] Values)
{
    public double Dot(double[] weights)
    {
        var sum = 0.0;
        for (var k = 0; k < Features.Length; k++)
            sum += weights[Features[k]] * Values[k];
        return sum;
    }

    /// <summary>Adds the row, so many times, to what is there.</summary>
    public void AddTo(double[] sums, double times)
    {
        for (var k = 0; k < Features.Length; k++)
            sums[Features[k]] += times * Values[k];
    }

    /// <summary>Adds the squares of its values, so many times, to what is there.</summary>
    public void AddSquaresTo(double[] sums, double times)
    {
        for (var k = 0; k < Features.Length; k++)
            sums[Features[k]] += times * Values[k] * Values[k];
    }
}
