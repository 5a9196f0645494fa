using System.Text.Json;
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
            if (lead > 0) left[i, 0] = root;
            for (int j = 0; j < x.Columns; j++) left[i, lead + j] = root * x[i, j];
            for (int c = 0; c < y.Columns; c++) right[i, c] = root * y[i, c];
        }

        for (int j = intercept == Intercept.Free ? 1 : 0; j < left.Columns; j++) left[x.Rows + j, j] = Math.Sqrt(penalty);
        return QR.Factor(left).SolveLeastSquares(right);
    }

    [Theory]
    [InlineData(RidgeSolver.QR, Intercept.Free)]
    [InlineData(RidgeSolver.QR, Intercept.Penalized)]
    [InlineData(RidgeSolver.QR, Intercept.None)]
    [InlineData(RidgeSolver.Gram, Intercept.Free)]
    [InlineData(RidgeSolver.Gram, Intercept.Penalized)]
    [InlineData(RidgeSolver.Gram, Intercept.None)]
    public void ItIsLeastSquaresOnRowsAndRootsOfThePenalty(RidgeSolver solver, Intercept intercept)
    {
        Matrix x = Samples.Random(1500, 70, 1), y = Samples.Random(1500, 3, 2);
        foreach (ref double value in x.Values) value += 3;
        foreach (ref double value in y.Values) value -= 7;
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

        double[] row = new double[3];
        fit.Map.Apply(x.Row(7), row);
        Assert.InRange(Samples.Distance(outputs.Row(7), row), 0, 1e-12);
    }

    // Condition number 1e10; the expected weights are exact to the last digit.
    [Theory]
    [InlineData(0, 3e-6)]
    [InlineData(1, 3e-6)]
    [InlineData(2, 3e-8)]
    [InlineData(3, 1e-13)]
    public void AtCondition1e10QRKeepsTheDigitsThatProductsLose(int index, double tolerance)
    {
        JsonElement file = Samples.Fixture("Readouts", "ridge.json");
        Matrix x = new(60, 8, file.Numbers("x")), y = new(60, 2, file.Numbers("y"));
        double penalty = file.Numbers("penalties")[index];
        foreach (Intercept intercept in new[] { Intercept.Free, Intercept.None })
        {
            double[] expected = [.. file.GetProperty(intercept == Intercept.Free ? "with_intercept" : "without")[index].EnumerateArray().Select(v => v.GetDouble())];
            expected = intercept == Intercept.Free ? expected[2..] : expected;
            double Error(RidgeSolver solver) => Samples.Distance(
                expected, RidgeRegression.Fit(x, y, new() { Penalty = penalty, Solver = solver, Intercept = intercept }).Map.Weights.Values);

            double qr = Error(RidgeSolver.QR);
            RidgePath path = RidgeRegression.Path(x, y, new() { Intercept = intercept }, TestContext.Current.CancellationToken);
            Assert.InRange(qr, 0, tolerance);
            Assert.InRange(Samples.Distance(expected, path.Fit(penalty).Map.Weights.Values), 0, tolerance);

            // Products refuse what they can't tell from rounding, or lose at least three more digits.
            double gram;
            try
            {
                gram = Error(RidgeSolver.Gram);
            }
            catch (GraftException)
            {
                gram = double.PositiveInfinity;
            }

            Assert.True(gram >= 1000 * qr, $"{gram} is not a thousand times {qr}.");
        }
    }

    [Fact]
    public void Float32FeaturesGiveWhatTheirFloat64CopyGives()
    {
        foreach (RidgeSolver solver in Enum.GetValues<RidgeSolver>())
        {
            int rows = solver == RidgeSolver.Dual ? 300 : 2300;
            Matrix x = Samples.Random(rows, 40, 5), y = Samples.Random(rows, 2, 6);
            float[] singles = [.. x.Values.ToArray().Select(v => (float)v)];
            for (int i = 0; i < singles.Length; i++) x.Values[i] = singles[i];
            foreach (PenaltyChoice choice in Enum.GetValues<PenaltyChoice>())
            {
                RidgeRegressionOptions options = new() { Solver = solver, Choice = choice, GridPoints = 5 };
                RegressionFit wide = RidgeRegression.Fit(x, y, options, TestContext.Current.CancellationToken);
                RegressionFit narrow = RidgeRegression.Fit(singles, 40, y, options, TestContext.Current.CancellationToken);
                Assert.Equal(wide.Map.Weights.Values.ToArray(), narrow.Map.Weights.Values.ToArray());
                Assert.Equal(wide.Curve, narrow.Curve);
                Assert.Equal(wide.Map.Apply(x).Values.ToArray(), narrow.Map.Apply(singles).Values.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(Intercept.Free)]
    [InlineData(Intercept.None)]
    public void ProductsInFloat32KeepSixDigitsAndRefuseWhatTheyCanNotTell(Intercept intercept)
    {
        Matrix x = Samples.Random(1000, 75, 13), y = Samples.Random(1000, 2, 14);
        foreach (ref double value in x.Values) value += 5;
        float[] singles = [.. x.Values.ToArray().Select(v => (float)v)];
        RidgeRegressionOptions options = new() { Penalty = 10, Solver = RidgeSolver.SingleGram, Intercept = intercept };
        RegressionFit fit = RidgeRegression.Fit(singles, 75, y, options, TestContext.Current.CancellationToken);
        Matrix expected = Augmented(x, y, 10, intercept);
        Assert.InRange(Samples.Distance(expected.Values[(intercept == Intercept.None ? 0 : 2)..], fit.Map.Weights.Values), 1e-12, 3e-6);
        Assert.True(RidgeRegression.Fit(x, y, options with { Penalty = null }, TestContext.Current.CancellationToken).Penalty > 0);
        for (int i = 0; i < 1000; i++) x[i, 3] = x[i, 4];
        Refused(
            "The features depend on each other to working precision, and the penalty 1e-09 is too small to tell them apart by SingleGram. " +
            "Choose a larger one, or the QR solver.",
            () => RidgeRegression.Fit(x, y, options with { Penalty = 1e-9 }));
    }

    [Fact]
    public void TheSameBitsOnAnyNumberOfThreads() => Samples.SameOnAnyThreads(pool =>
    {
        Matrix x = Samples.Random(3000, 300, 7), y = Samples.Random(3000, 1, 8);
        RegressionFit fit = RidgeRegression.Fit(x, y, new() { Choice = PenaltyChoice.LeaveOneOut, GridPoints = 4, Threads = pool.Threads });
        return [fit.Penalty, .. fit.Map.Weights.Values, .. fit.Curve.Select(point => point.Score)];
    });

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Matrix x = Samples.Random(20, 30, 9), y = Samples.Random(20, 1, 10);
        Refused(
            "20 rows can't tell 30 features apart without a penalty. Give a penalty above 0, or more rows than features.",
            () => RidgeRegression.Fit(x, y, new() { Penalty = 0 }));
        Refused(
            "Features and targets must have the same rows, 30 features and 1 outputs; [20, 30] and [19, 1] do not. " +
            "Cut off what has no counterpart (the washout, the last step).",
            () => RidgeRegression.Fit(x, new Matrix(19, 1)));
        Refused(
            "A ridge regression needs at least one row, feature and output; [0, 30] and [0, 1] have none. Give a longer series, or a shorter washout.",
            () => RidgeRegression.Fit(new Matrix(0, 30), new Matrix(0, 1)));
        Refused("Row weights are one a row: 20 rows, not 3 weights.", () => RidgeRegression.Fit(x, y, new() { Penalty = 1, RowWeights = [1, 2, 3] }));
        Refused(
            "Row weights are finite numbers, 0 or above; the weight of row 4 is -1. Give a row that should not count 0.",
            () => RidgeRegression.Fit(x, y, new() { Penalty = 1, RowWeights = [.. Enumerable.Range(0, 20).Select(i => i == 4 ? -1.0 : 1)] }));
        Refused(
            "A ridge regression needs at least one row of weight above zero; there is none. Add rows first.",
            () => RidgeRegression.Fit(x, y, new() { Penalty = 1, RowWeights = new double[20] }));
        Refused(
            "There are 20 rows, too few for 21 folds. Use at most 20 folds, or generalized cross-validation.",
            () => RidgeRegression.Fit(x, y, new() { Choice = PenaltyChoice.Blocks, Folds = 21 }));
        Refused("A ridge penalty is a finite number, 0 or above, not -1. Leave it out to have it chosen.", () => _ = new RidgeRegressionOptions { Penalty = -1 });
        Refused("The penalties tried are a list of finite numbers above zero. Leave it out for a grid.", () => _ = new RidgeRegressionOptions { Penalties = [1, 0] });
        Refused("A grid of penalties has at least 2 points, not 1.", () => _ = new RidgeRegressionOptions { GridPoints = 1 });
        Refused("Cross-validation needs at least 2 folds, not 1.", () => _ = new RidgeRegressionOptions { Folds = 1 });
        Refused("The ends of a grid of penalties are finite numbers above zero, not 0.", () => _ = new RidgeRegressionOptions { SmallestPenalty = 0 });
        Refused(
            "The smallest penalty must be below the largest; 1 and 0.5 are not. Exchange them.",
            () => RidgeRegression.Fit(x, y, new() { SmallestPenalty = 1, LargestPenalty = 0.5 }));
        Refused(
            "A matrix of 2000002 x 2000002 is too large: the limit is 2147483591 elements. Use fewer rows or columns.",
            () => new RidgeProblem(2_000_000, 1));

        x[17, 4] = double.NaN;
        Refused(
            "Features must be finite; feature 4 of row 17 is NaN. Fill in or leave out missing values; a network that overflows needs a smaller scale.",
            () => RidgeRegression.Fit(x, y));
        y[3, 0] = double.PositiveInfinity;
        Refused(
            "Targets must be finite; output 0 of row 3 is Infinity. Fill in or leave out missing values; a network that overflows needs a smaller scale.",
            () => RidgeRegression.Fit(Samples.Random(20, 30, 9), y));

        Matrix twice = new(50, 2);
        for (int i = 0; i < 50; i++) twice[i, 0] = twice[i, 1] = Math.Sin(i);
        Refused(
            "The features depend on each other to working precision, and the penalty 0 is too small to tell them apart by QR. Choose a larger one.",
            () => RidgeRegression.Fit(twice, new Matrix(50, 1), new() { Penalty = 0 }));
        Refused(
            "The features depend on each other to working precision, and the penalty 0 is too small to tell them apart by Gram. " +
            "Choose a larger one, or the QR solver.",
            () => RidgeRegression.Fit(twice, new Matrix(50, 1), new() { Penalty = 0, Solver = RidgeSolver.Gram }));
        Refused(
            "This path takes finite penalties from 0.5 up, not 0.1. Make it with a smaller one.",
            () => RidgeRegression.Path(twice, new Matrix(50, 1), new() { Penalties = [0.5, 3], Solver = RidgeSolver.Gram }).Fit(0.1));
        Assert.Equal(
            "The map takes 2 features a row, not 3. (Parameter 'features')",
            Assert.Throws<ArgumentException>(() => new LinearMap(new Matrix(2, 1), [0]).Apply(new Matrix(4, 3))).Message);
    }

    [Fact]
    public void ConstantFeaturesAndMoreFeaturesThanRowsDoNoHarm()
    {
        Matrix x = Samples.Random(30, 50, 11), y = Samples.Random(30, 1, 12);
        for (int i = 0; i < 30; i++) x[i, 7] = 4;
        foreach (PenaltyChoice choice in Enum.GetValues<PenaltyChoice>())
        {
            RegressionFit fit = RidgeRegression.Fit(x, y, new() { Choice = choice }, TestContext.Current.CancellationToken);
            Assert.Equal(0, fit.Map.Weights[7, 0], 1e-9);
            Assert.All(fit.Curve, point => Assert.True(point.Score >= 0));
            Assert.True(double.IsFinite(fit.Curve.Single(point => point.Penalty == fit.Penalty).Score));
        }

        RegressionFit given = RidgeRegression.Fit(x, y, new() { Penalty = 0.3 }, TestContext.Current.CancellationToken);
        Assert.InRange(Samples.Distance(Augmented(x, y, 0.3, Intercept.Free).Values[1..], given.Map.Weights.Values), 0, 1e-12);
    }

    private static void Refused(string message, Action work) => Assert.Equal(message, Assert.Throws<GraftException>(work).Message);
}
