using Graft.Numerics;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class RidgeRegressionTests
{
    // The definition: least squares on the rows, weighted by their roots, with the roots of the penalty below.
    internal static Matrix Augmented(Matrix x, Matrix y, double penalty, Intercept intercept, double[]? weights = null)
    {
        int lead = intercept == Intercept.None ? 0 : 1;
        Matrix left = new(x.Rows + lead + x.Columns, lead + x.Columns), right = new(left.Rows, y.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            double root = Math.Sqrt(weights?[i] ?? 1);
            if (lead > 0)
                left[i, 0] = root;
            for (int j = 0; j < x.Columns; j++)
                left[i, lead + j] = root * x[i, j];
            for (int c = 0; c < y.Columns; c++)
                right[i, c] = root * y[i, c];
        }

        for (int j = intercept == Intercept.Free ? 1 : 0; j < left.Columns; j++)
            left[x.Rows + j, j] = Math.Sqrt(penalty);
        return QR.Factor(left).SolveLeastSquares(right);
    }

    [Theory]
    [InlineData(RidgeSolver.QR, Intercept.Free)]
    [InlineData(RidgeSolver.QR, Intercept.Penalized)]
    [InlineData(RidgeSolver.QR, Intercept.None)]
    [InlineData(RidgeSolver.Gram, Intercept.Free)]
    [InlineData(RidgeSolver.Gram, Intercept.Penalized)]
    [InlineData(RidgeSolver.Gram, Intercept.None)]
    public void It_is_least_squares_on_rows_and_roots_of_the_penalty(RidgeSolver solver, Intercept intercept)
    {
        Matrix x = Samples.Random(1500, 70, 1), y = Samples.Random(1500, 3, 2);
        foreach (ref double value in x.Values)
            value += 3;
        foreach (ref double value in y.Values)
            value -= 7;
        double[] weights = [.. Enumerable.Range(0, 1500).Select(i => i % 4 * 0.5)];
        RegressionFit fit = RidgeRegression.Fit(x, y, new() { Penalty = 2.5, Solver = solver, Intercept = intercept, RowWeights = weights }, TestContext.Current.CancellationToken);

        Matrix expected = Augmented(x, y, 2.5, intercept, weights);
        double[] bias = intercept == Intercept.None ? new double[3] : expected.Row(0).ToArray();
        Assert.InRange(Samples.Distance(bias, fit.Map.Bias), 0, 1e-11);
        Assert.InRange(Samples.Distance(expected.Values[(intercept == Intercept.None ? 0 : 3)..], fit.Map.Weights.Values), 0, 1e-12);

        Matrix outputs = fit.Map.Apply(x);
        for (int c = 0; c < 3; c++)
        {
            double squares = Enumerable.Range(0, 1500).Sum(i => weights[i] * Math.Pow(outputs[i, c] - y[i, c], 2));
            Assert.Equal(squares / weights.Sum(), fit.TrainingErrors[c], 1e-10);
        }

        var row = new double[3];
        fit.Map.Apply(x.Row(7), row);
        Assert.InRange(Samples.Distance(outputs.Row(7), row), 0, 1e-12);
    }
}
