using Graft.Numerics;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class RecursiveLeastSquaresTests
{
    // Blocks shorter and longer than the number of inputs: by rotations, by reflectors, and both.
    [Theory]
    [InlineData(200, 40, 1)]
    [InlineData(200, 40, 7)]
    [InlineData(200, 90, 200)]
    [InlineData(200, 20, 150)]
    public void WithoutForgettingTheWeightsAreThoseOfRidgeRegression(int samples, int inputs, int block)
    {
        Matrix x = Samples.Random(samples, inputs, 1), y = Samples.Random(samples, 3, 2);
        Assert.InRange(Samples.Distance(Weighted(x, y, 0.5, 1), Learn(x, y, new() { Penalty = 0.5 }, block).Weights), 0, 1e-11);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(150)]
    public void ForgettingWeighsSamplesByTheirAge(int block)
    {
        Matrix x = Samples.Random(150, 12, 3), y = Samples.Random(150, 2, 4);
        RecursiveLeastSquares learner = Learn(x, y, new() { Penalty = 2, ForgettingFactor = 0.97 }, block);
        Assert.InRange(Samples.Distance(Weighted(x, y, 2, 0.97), learner.Weights), 0, 1e-11);
        Assert.InRange(Samples.Distance(x.Multiply(learner.Weights).Row(5), learner.Predict(x.Row(5))), 0, 1e-12);
    }

    [Fact]
    public void AHundredThousandSamplesThatExciteOneDirectionOnlyDoNoHarm()
    {
        // The textbook covariance update blows up here: the other directions are forgotten exponentially.
        RecursiveLeastSquares learner = new(3, 1, new() { ForgettingFactor = 0.99 });
        for (int i = 0; i < 100_000; i++) learner.Update([1, 2, 2], [9]);
        Assert.Equal(9, learner.Predict([1, 2, 2])[0], 1e-6);
        learner.Update([1, 0, 0], [4]);
        learner.Update([0, 1, 0], [-1]);
        Assert.All(learner.Weights.Values.ToArray(), weight => Assert.True(double.IsFinite(weight)));
    }

    [Fact]
    public void ItTracksAWeightThatMoves()
    {
        RecursiveLeastSquares learner = new(1, 1, new() { ForgettingFactor = 0.9 });
        for (int i = 0; i < 400; i++) learner.Update([1 + (i % 3)], [(1 + (i % 3)) * (i < 200 ? 2.0 : -5.0)]);
        Assert.Equal(-5, learner.Weights[0, 0], 1e-7);
    }

    [Fact]
    public void BadInputIsRefusedAndTeachesNothing()
    {
        RecursiveLeastSquares learner = new(2, 1);
        learner.Update([1, 0], [3]);
        double[] before = learner.Weights.Values.ToArray();
        Assert.Equal(
            "Recursive least squares needs finite values; value 1 of 2 is NaN. Remove or replace it.",
            Assert.Throws<GraftException>(() => learner.Update([1, double.NaN], [1])).Message);
        Assert.Equal("A sample has 2 features and 1 targets, not 1 and 1.", Assert.Throws<ArgumentException>(() => learner.Update([1], [1])).Message);
        Assert.Equal(before, learner.Weights.Values.ToArray());
        Assert.Equal(
            "A forgetting factor is above 0 and at most 1, not 1.5.",
            Assert.Throws<GraftException>(() => _ = new RecursiveLeastSquaresOptions { ForgettingFactor = 1.5 }).Message);
    }

    private static RecursiveLeastSquares Learn(Matrix x, Matrix y, RecursiveLeastSquaresOptions options, int block)
    {
        RecursiveLeastSquares learner = new(x.Columns, y.Columns, options);
        for (int first = 0; first < x.Rows; first += block)
        {
            int count = Math.Min(block, x.Rows - first);
            if (block == 1) learner.Update(x.Row(first), y.Row(first));
            else learner.Update(Rows(x, first, count), Rows(y, first, count), TestContext.Current.CancellationToken);
        }

        return learner;
    }

    private static Matrix Rows(Matrix matrix, int first, int count) =>
        new(count, matrix.Columns, matrix.Values.Slice(first * matrix.Columns, count * matrix.Columns).ToArray());

    private static Matrix Weighted(Matrix x, Matrix y, double penalty, double forgetting)
    {
        Matrix left = new(x.Rows + x.Columns, x.Columns), right = new(x.Rows + x.Columns, y.Columns);
        for (int i = 0; i < x.Rows; i++)
        {
            double root = Math.Sqrt(Math.Pow(forgetting, x.Rows - 1 - i));
            for (int j = 0; j < x.Columns; j++) left[i, j] = root * x[i, j];
            for (int c = 0; c < y.Columns; c++) right[i, c] = root * y[i, c];
        }

        for (int j = 0; j < x.Columns; j++) left[x.Rows + j, j] = Math.Sqrt(penalty * Math.Pow(forgetting, x.Rows));
        return QR.Factor(left).SolveLeastSquares(right);
    }
}
