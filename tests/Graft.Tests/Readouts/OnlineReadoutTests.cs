using Graft.Numerics;
using Graft.Readouts;
using Graft.Tests.Numerics;

namespace Graft.Tests.Readouts;

public class OnlineReadoutTests
{
    private static readonly Matrix Truth = Samples.Random(6, 2, 9);

    public static TheoryData<string> Kinds => ["rls", "nlms", "lms"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EachFindsTheWeightsThatMadeTheTargets(string kind)
    {
        IOnlineReadout readout = Make(kind);
        Matrix x = Samples.Random(4000, 6, 1), y = x.Multiply(Truth);
        Assert.Equal((6, 2), (readout.Features, readout.Outputs));
        for (int i = 0; i < x.Rows; i++) readout.Update(x.Row(i), y.Row(i));
        Assert.InRange(Samples.Distance(Truth, readout.Map.Weights), 0, kind == "rls" ? 1e-6 : 1e-12);
        Assert.Equal([0, 0], readout.Map.Bias);

        double[] output = new double[2], same = new double[2];
        readout.Predict(x.Row(3), output);
        readout.Map.Apply(x.Row(3), same);
        Assert.InRange(Samples.Distance(same, output), 0, 1e-13);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ABadSampleTeachesNothing(string kind)
    {
        IOnlineReadout readout = Make(kind);
        readout.Update([1, 2, 3, 4, 5, 6], [1, 2]);
        double[] before = readout.Map.Weights.Values.ToArray();
        string name = kind == "rls" ? "Recursive least squares" : "Least mean squares";
        Assert.Equal(
            $"{name} needs finite values; value 2 of 6 is NaN. Remove or replace it.",
            Assert.Throws<GraftException>(() => readout.Update([1, 2, double.NaN, 4, 5, 6], [1, 2])).Message);
        Assert.Equal("A sample has 6 features and 2 targets, not 1 and 2.", Assert.Throws<ArgumentException>(() => readout.Update([1], [1, 2])).Message);
        Assert.Equal("A sample has 6 features and 2 targets, not 6 and 1.", Assert.Throws<ArgumentException>(() => readout.Predict(new double[6], new double[1])).Message);
        Assert.Equal(before, readout.Map.Weights.Values.ToArray());
    }

    [Fact]
    public void ANormalizedStepTakesAwayItsPartOfTheError()
    {
        LeastMeanSquares readout = new(2, 1, new() { StepSize = 0.25, Regularization = 0 });
        readout.Update([3, 4], [8]);
        double[] output = new double[1];
        readout.Predict([3, 4], output);
        Assert.Equal(2, output[0], 1e-15);
        Assert.InRange(Samples.Distance([0.24, 0.32], readout.Map.Weights.Values), 0, 1e-15);

        // Features of 0 teach nothing, whatever the target.
        readout.Update([0, 0], [5]);
        Assert.InRange(Samples.Distance([0.24, 0.32], readout.Map.Weights.Values), 0, 1e-15);
    }

    [Fact]
    public void LeakageForgetsAndPlainStepsAreTheGradient()
    {
        LeastMeanSquares readout = new(2, 1, new() { StepSize = 0.5, Normalized = false, Leakage = 0.1 });
        readout.Update([1, 0], [4]);
        Assert.Equal([2, 0], readout.Map.Weights.Values.ToArray());
        readout.Update([0, 1], [1]);
        Assert.InRange(Samples.Distance([1.8, 0.5], readout.Map.Weights.Values), 0, 1e-15);
    }

    [Fact]
    public void DivergenceIsNamed()
    {
        LeastMeanSquares readout = new(1, 1, new() { StepSize = 1e200, Normalized = false });
        readout.Update([1e100], [1]);
        Assert.Equal(
            "The weights of least mean squares have diverged: output 0 is ∞. Choose a step size below 1E+200, or normalize the steps.".Replace("∞", "Infinity"),
            Assert.Throws<GraftException>(() => readout.Update([1e100], [1])).Message);
        Assert.Equal("A step size is a finite number above zero, not 0.", Assert.Throws<GraftException>(() => _ = new LeastMeanSquaresOptions { StepSize = 0 }).Message);
        Assert.Equal(
            "The leakage of weights is at least 0 and below 1, not 1.", Assert.Throws<GraftException>(() => _ = new LeastMeanSquaresOptions { Leakage = 1 }).Message);
        Assert.Equal(
            "The regularization of a step is a finite number, 0 or above, not -1.",
            Assert.Throws<GraftException>(() => _ = new LeastMeanSquaresOptions { Regularization = -1 }).Message);
    }

    private static IOnlineReadout Make(string kind) => kind switch
    {
        "rls" => new RecursiveLeastSquares(6, 2, new() { Penalty = 1e-4 }),
        "nlms" => new LeastMeanSquares(6, 2),
        _ => new LeastMeanSquares(6, 2, new() { Normalized = false, StepSize = 0.05 }),
    };
}
