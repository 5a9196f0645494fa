using Graft.Numerics;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class RidgePathTests
{
    private const int Rows = 130, Features = 75;

    private static readonly Matrix X = Shifted(Samples.Random(Rows, Features, 1), 0.7), Y = Shifted(Samples.Random(Rows, 2, 2), -3);

    public static TheoryData<RidgeSolver, Intercept> Kinds
    {
        get
        {
            TheoryData<RidgeSolver, Intercept> kinds = new();
            foreach (RidgeSolver solver in new[] { RidgeSolver.QR, RidgeSolver.Gram, RidgeSolver.Dual })
            {
                foreach (Intercept intercept in Enum.GetValues<Intercept>()) kinds.Add(solver, intercept);
            }

            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EachPenaltyIsAFitOfItsOwn(RidgeSolver solver, Intercept intercept)
    {
        double[] weights = [.. Enumerable.Range(0, Rows).Select(i => 0.5 + (i % 3))];
        RidgeRegressionOptions options = new() { Solver = solver, Intercept = intercept, RowWeights = weights, Penalties = [1e-3, 1e5] };
        RidgePath path = RidgeRegression.Path(X, Y, options, TestContext.Current.CancellationToken);

        // The rows' products have more rows than features against them: what 55 directions hold of nothing but rounding is divided by the penalty.
        double tolerance = solver == RidgeSolver.Dual ? 1e-9 : 1e-11;
        foreach (double penalty in new[] { 1e-3, 0.2, 40, 1e5 })
        {
            RegressionFit one = RidgeRegression.Fit(X, Y, options with { Penalty = penalty }, TestContext.Current.CancellationToken), many = path.Fit(penalty);
            Assert.InRange(Samples.Distance(one.Map.Weights, many.Map.Weights), 0, tolerance);
            Assert.InRange(Samples.Distance(one.Map.Bias, many.Map.Bias), 0, tolerance);
            Assert.InRange(Samples.Distance(one.TrainingErrors, many.TrainingErrors), 0, tolerance);
            Assert.Equal(penalty, many.Penalty);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void GeneralizedCrossValidationIsItsFormulaOnTheHatMatrix(RidgeSolver solver, Intercept intercept)
    {
        double[] penalties = [0.01, 1, 100];
        RidgeRegressionOptions options = new() { Solver = solver, Intercept = intercept, Penalties = penalties };
        RidgePath path = RidgeRegression.Path(X, Y, options, TestContext.Current.CancellationToken);
        PenaltyScore[] curve = path.Generalized(penalties);
        for (int p = 0; p < penalties.Length; p++)
        {
            // The hat matrix, column by column: what a fit makes of a target that is 1 in one row.
            Matrix hat = RidgeRegression.Fit(X, Matrix.Identity(Rows), options with { Penalty = penalties[p] }, TestContext.Current.CancellationToken).Map.Apply(X);
            double freedom = Enumerable.Range(0, Rows).Sum(i => hat[i, i]), residual = 0;
            Matrix fitted = hat.Multiply(Y);
            for (int i = 0; i < Rows; i++) residual += Math.Pow(fitted[i, 0] - Y[i, 0], 2) + Math.Pow(fitted[i, 1] - Y[i, 1], 2);
            Assert.Equal(freedom, path.DegreesOfFreedom(penalties[p]), 1e-9);
            Assert.Equal(1, Rows * residual / Math.Pow(Rows - freedom, 2) / curve[p].Score, 1e-9);
        }

        RegressionFit chosen = RidgeRegression.Fit(X, Y, options, TestContext.Current.CancellationToken);
        Assert.Equal(curve, chosen.Curve);
        Assert.Equal(curve.MinBy(point => point.Score).Penalty, chosen.Penalty);
    }

    [Theory]
    [InlineData(PenaltyChoice.Generalized, 0)]
    [InlineData(PenaltyChoice.LeaveOneOut, 0)]
    [InlineData(PenaltyChoice.LeaveOneOut, 3)]
    public void PassingThroughEveryRowIsNoMerit(PenaltyChoice choice, int withoutWeight)
    {
        // Forty rows of noisy targets, ninety features, of which any weights with a small penalty give the targets exactly.
        Matrix x = Samples.Random(40, 90, 3), noise = Samples.Random(40, 1, 4), y = new(40, 1);
        for (int i = 0; i < 40; i++) y[i, 0] = x[i, 0] + x[i, 1] + (2 * noise[i, 0]);
        double[] weights = [.. Enumerable.Range(0, 40).Select(i => i < withoutWeight ? 0.0 : 1)];
        RegressionFit fit = RidgeRegression.Fit(x, y, new() { Choice = choice, RowWeights = weights }, TestContext.Current.CancellationToken);
        Assert.InRange(fit.Penalty, 1, 1e4);
        Assert.Equal(double.PositiveInfinity, fit.Curve[0].Score);
        double[] told = [.. fit.Curve.Select(point => point.Score).Where(double.IsFinite)];

        // As the penalty falls, the scores go to a limit instead of to zero.
        Assert.InRange(told.Length, 15, 35);
        Assert.InRange(told[0] / told[4], 0.999, 1.001);
        Assert.InRange(told.Min() / told[0], 0.1, 0.999);
    }

    // What passes through nearly every row leaves little to divide by: the rows' side finds it without cancellation, as reflectors do.
    [Theory]
    [InlineData(PenaltyChoice.Generalized, Intercept.Free)]
    [InlineData(PenaltyChoice.LeaveOneOut, Intercept.Free)]
    [InlineData(PenaltyChoice.Generalized, Intercept.None)]
    [InlineData(PenaltyChoice.LeaveOneOut, Intercept.Penalized)]
    public void WithFewerRowsThanFeaturesBothSidesScoreSmallPenaltiesAlike(PenaltyChoice choice, Intercept intercept)
    {
        Matrix x = Shifted(Samples.Random(40, 90, 3), 1), y = Samples.Random(40, 2, 4);
        double[] weights = [.. Enumerable.Range(0, 40).Select(i => 0.5 + (i % 3))];
        RidgeRegressionOptions options = new() { Choice = choice, Intercept = intercept, RowWeights = weights, Penalties = [1e-5, 1e-3, 0.1, 10, 1000] };
        RegressionFit reflected = RidgeRegression.Fit(x, y, options, TestContext.Current.CancellationToken);
        RegressionFit dual = RidgeRegression.Fit(x, y, options with { Solver = RidgeSolver.Dual }, TestContext.Current.CancellationToken);
        Assert.All(reflected.Curve.Zip(dual.Curve), pair => Assert.Equal(1, pair.First.Score / pair.Second.Score, 1e-7));
        Assert.InRange(Samples.Distance(reflected.Map.Weights, dual.Map.Weights), 0, 1e-10);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void LeavingOneRowOutInClosedFormIsLeavingItOut(RidgeSolver solver, Intercept intercept)
    {
        double[] penalties = [0.05, 3], weights = [.. Enumerable.Range(0, Rows).Select(i => 0.5 + (i % 3))], sums = new double[2];
        RidgeRegressionOptions options =
            new() { Solver = solver, Intercept = intercept, Penalties = penalties, RowWeights = weights, Choice = PenaltyChoice.LeaveOneOut };
        RegressionFit fit = RidgeRegression.Fit(X, Y, options, TestContext.Current.CancellationToken);
        for (int i = 0; i < Rows; i++)
        {
            int[] others = [.. Enumerable.Range(0, Rows).Where(row => row != i)];
            for (int p = 0; p < 2; p++)
            {
                RegressionFit without = RidgeRegression.Fit(
                    Take(X, others), Take(Y, others), options with { Penalty = penalties[p], RowWeights = [.. others.Select(row => weights[row])] },
                    TestContext.Current.CancellationToken);
                double[] output = new double[2];
                without.Map.Apply(X.Row(i), output);
                sums[p] += weights[i] * (Math.Pow(output[0] - Y[i, 0], 2) + Math.Pow(output[1] - Y[i, 1], 2));
            }
        }

        for (int p = 0; p < 2; p++) Assert.Equal(1, sums[p] / weights.Sum() / fit.Curve[p].Score, 1e-9);
    }

    [Theory]
    [InlineData(PenaltyChoice.Blocks, RidgeSolver.QR)]
    [InlineData(PenaltyChoice.Blocks, RidgeSolver.Gram)]
    [InlineData(PenaltyChoice.RandomFolds, RidgeSolver.QR)]
    [InlineData(PenaltyChoice.RandomFolds, RidgeSolver.Dual)]
    public void FoldsAreFitsWithoutThem(PenaltyChoice choice, RidgeSolver solver)
    {
        double[] penalties = [0.05, 3, 200], weights = [.. Enumerable.Range(0, Rows).Select(i => 0.5 + (i % 3))], sums = new double[3];
        RidgeRegressionOptions options = new() { Solver = solver, Penalties = penalties, RowWeights = weights, Choice = choice, Folds = 4, Seed = 3 };
        RegressionFit fit = RidgeRegression.Fit(X, Y, options, TestContext.Current.CancellationToken);
        int[] order = [.. Enumerable.Range(0, Rows)];
        if (choice == PenaltyChoice.RandomFolds) new Philox(3).Shuffle(order.AsSpan());
        for (int fold = 0; fold < 4; fold++)
        {
            int[] held = order[(Rows * fold / 4)..(Rows * (fold + 1) / 4)], others = [.. order.Except(held)];
            double[] own = [.. others.Select(row => weights[row])];
            for (int p = 0; p < 3; p++)
            {
                RegressionFit without = RidgeRegression.Fit(
                    Take(X, others), Take(Y, others), options with { Penalty = penalties[p] * own.Sum() / weights.Sum(), RowWeights = own },
                    TestContext.Current.CancellationToken);
                Matrix outputs = without.Map.Apply(Take(X, held));
                for (int i = 0; i < held.Length; i++)
                    sums[p] += weights[held[i]] * (Math.Pow(outputs[i, 0] - Y[held[i], 0], 2) + Math.Pow(outputs[i, 1] - Y[held[i], 1], 2));
            }
        }

        for (int p = 0; p < 3; p++) Assert.Equal(1, sums[p] / weights.Sum() / fit.Curve[p].Score, 1e-9);
        Assert.Equal(fit.Curve.MinBy(point => point.Score).Penalty, fit.Penalty);
    }

    [Theory]
    [InlineData(RidgeSolver.QR)]
    [InlineData(RidgeSolver.Gram)]
    [InlineData(RidgeSolver.Dual)]
    public void ValidationIsOnTheRowsThatTheCallerHoldsOut(RidgeSolver solver)
    {
        Matrix held = Shifted(Samples.Random(40, Features, 3), 0.7), wanted = Shifted(Samples.Random(40, 2, 4), -3);
        RidgeRegressionOptions options = new() { Solver = solver, Penalties = [10, 0.1, 1000] };
        RegressionFit fit = RidgeRegression.FitValidated(X, Y, held, wanted, options, TestContext.Current.CancellationToken);
        Assert.Equal([0.1, 10, 1000], fit.Curve.Select(point => point.Penalty));
        foreach (PenaltyScore point in fit.Curve)
        {
            Matrix outputs = RidgeRegression.Fit(X, Y, options with { Penalty = point.Penalty }, TestContext.Current.CancellationToken).Map.Apply(held);
            double squares = 0;
            for (int i = 0; i < outputs.Values.Length; i++) squares += Math.Pow(outputs.Values[i] - wanted.Values[i], 2);
            Assert.Equal(1, squares / 40 / point.Score, 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RowsInBlocksAndInTwoAccumulatorsAreRowsAtOnce(RidgeSolver solver, Intercept intercept)
    {
        Matrix x = Shifted(Samples.Random(2600, 40, 5), 2), y = Samples.Random(2600, 3, 6);
        RegressionFit batch = RidgeRegression.Fit(x, y, new() { Solver = solver, Intercept = intercept, Penalty = 0.4 }, TestContext.Current.CancellationToken);
        RidgeProblem first = new(40, 3, solver, intercept), second = new(40, 3, solver, intercept);
        int at = 0;
        foreach (int count in new[] { 1, 30, 1500, 9, 1060 })
        {
            int[] rows = [.. Enumerable.Range(at, count)];
            (at < 100 ? first : second).Add(Take(x, rows), Take(y, rows), cancellation: TestContext.Current.CancellationToken);
            at += count;
        }

        first.Add(second, TestContext.Current.CancellationToken);
        RegressionFit streamed = first.Fit(0.4, TestContext.Current.CancellationToken);
        Assert.Equal(2600, first.Rows);
        Assert.InRange(Samples.Distance(batch.Map.Weights, streamed.Map.Weights), 0, 1e-12);
        Assert.InRange(Samples.Distance(batch.Map.Bias, streamed.Map.Bias), 0, 1e-12);
        Assert.InRange(Samples.Distance(batch.TrainingErrors, streamed.TrainingErrors), 0, 1e-12);
    }

    [Fact]
    public void TheGridSpansTheRangeAroundTheMeanSquaredSingularValue()
    {
        Matrix x = new(4, 1, [1, -1, 1, -1]);
        RidgePath path = RidgeRegression.Path(x, new Matrix(4, 1, [1, 0, 1, 0]), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(4, path.MeanSquaredSingularValue, 1e-14);
        double[] expected = [0.04, 0.4, 4, 40], grid = path.Grid(1e-2, 10, 4);
        Assert.InRange(Samples.Distance(expected, grid), 0, 1e-13);
    }

    internal static Matrix Take(Matrix matrix, int[] rows)
    {
        Matrix taken = new(rows.Length, matrix.Columns);
        for (int i = 0; i < rows.Length; i++) matrix.Row(rows[i]).CopyTo(taken.Row(i));
        return taken;
    }

    private static Matrix Shifted(Matrix matrix, double by)
    {
        foreach (ref double value in matrix.Values) value += by;
        return matrix;
    }
}
