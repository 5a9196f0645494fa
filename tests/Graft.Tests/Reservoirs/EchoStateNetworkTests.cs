using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs;

public class EchoStateNetworkTests
{
    private static readonly EchoStateNetworkOptions Small = new() { Reservoir = new ReservoirOptions { Units = 60, Seed = 3, InputScaling = 0.2, PassInputs = true } };

    /// <summary>Two sines of different periods on one level, and the same later by a quarter of the first: [rows, 2].</summary>
    internal static Matrix Waves(int rows, int from = 0)
    {
        Matrix series = new(rows, 2);
        for (int t = 0; t < rows; t++)
        {
            series[t, 0] = 50 + (10 * Math.Sin(0.2 * (t + from))) + (4 * Math.Sin(0.311 * (t + from)));
            series[t, 1] = -3 + (2 * Math.Cos(0.2 * (t + from)));
        }

        return series;
    }

    private static double Largest(Matrix a, Matrix b)
    {
        Assert.Equal((a.Rows, a.Columns), (b.Rows, b.Columns));
        double largest = 0;
        for (int i = 0; i < a.Values.Length; i++) largest = Math.Max(largest, Math.Abs(a.Values[i] - b.Values[i]));
        return largest;
    }

    [Fact]
    public void GoesOnByItself()
    {
        EchoStateNetwork network = EchoStateNetwork.Fit(Waves(600), Waves(600, 1), Small, TestContext.Current.CancellationToken);
        Matrix predicted = network.Predict(Waves(600));
        Matrix future = network.Generate(84);
        Assert.InRange(Largest(predicted.Slice(100, 500), Waves(500, 101)), 0, 0.03);
        Assert.InRange(Largest(future, Waves(84, 600)), 1e-9, 0.3);
    }

    [Fact]
    public void PredictsTheNextRow()
    {
        EchoStateNetwork network = EchoStateNetwork.FitSeries(Waves(601), Small, TestContext.Current.CancellationToken);
        Assert.True(network.PredictsInputs);
        Assert.Equal(EchoStateNetwork.Fit(Waves(600), Waves(600, 1), Small, TestContext.Current.CancellationToken).Continue(Waves(1, 600)).Network.Generate(20).Values, network.Generate(20).Values);
    }

    [Fact]
    public void GenerationIsFeedingPredictionsBack()
    {
        EchoStateNetwork network = EchoStateNetwork.Fit(Waves(300), Waves(300, 1), Small, TestContext.Current.CancellationToken);
        Matrix future = network.Generate(12);
        for (int t = 0; t < 11; t++)
        {
            (Matrix outputs, network) = network.Continue(future.Slice(t, 1));
            Assert.Equal(future.Row(t + 1), outputs.Row(0));
        }

        Assert.Equal([.. future.Row(11)], network.State!.Output);
    }

    [Fact]
    public void ASequenceInPartsIsTheSequence()
    {
        EchoStateNetwork network = EchoStateNetwork.Fit(Waves(300), Waves(300, 1), Small, TestContext.Current.CancellationToken).With(null);
        Matrix whole = network.Predict(Waves(100));
        (Matrix first, EchoStateNetwork middle) = network.Continue(Waves(37));
        (Matrix second, EchoStateNetwork end) = middle.Continue(Waves(63, 37));
        Assert.Equal<double>([.. first.Values, .. second.Values], [.. whole.Values]);
        Assert.Equal(network.WarmUp(Waves(100)).State, end.State);
        Assert.NotEqual(middle.State, end.State);
    }

    [Fact]
    public void InputsThatAreKnownAreReadInGeneration()
    {
        // y(t + 1) = 0.5 y(t) + u(t): linear, so that a small weak reservoir learns it well.
        Matrix inputs = new(500, 2), targets = new(500, 1);
        Philox random = new(5);
        for (int t = 0; t < 500; t++)
        {
            inputs[t, 0] = t == 0 ? 0 : targets[t - 1, 0];
            inputs[t, 1] = random.Uniform((ulong)t);
            targets[t, 0] = (0.5 * inputs[t, 0]) + inputs[t, 1];
        }

        EchoStateNetwork network = EchoStateNetwork.Fit(inputs, targets, Small, TestContext.Current.CancellationToken);
        Matrix known = new(6, 1, [0.3, 0.9, 0.1, 0.2, 0.8, 0]);
        Matrix future = network.Generate(6, known);
        double y = targets[499, 0];
        for (int t = 0; t < 6; t++)
        {
            Assert.Equal(y, future[t, 0], 1e-3);
            y = (0.5 * y) + known[t, 0];
        }
    }

    [Fact]
    public void OutputsAreFedBackThroughTheReservoir()
    {
        Matrix targets = new(800, 1), inputs = new(800, 1);
        for (int t = 0; t < 800; t++)
        {
            inputs[t, 0] = 1;
            targets[t, 0] = 7 + Math.Sin(0.3 * t);
        }

        EchoStateNetwork network = EchoStateNetwork.Fit(inputs, targets, Small with { OutputFeedback = true }, TestContext.Current.CancellationToken);
        Matrix future = network.Generate(50, inputs.Slice(0, 50));
        for (int t = 0; t < 50; t++) Assert.Equal(7 + Math.Sin(0.3 * (800 + t)), future[t, 0], 0.05);

        // Teaching brings a network from rest to the same wave elsewhere in it.
        Matrix later = new(300, 1);
        for (int t = 0; t < 300; t++) later[t, 0] = 7 + Math.Sin(0.3 * (t + 4));
        Matrix again = network.WarmUp(inputs.Slice(0, 300), later).Generate(20, inputs.Slice(0, 20));
        for (int t = 0; t < 20; t++) Assert.Equal(7 + Math.Sin(0.3 * (304 + t)), again[t, 0], 0.05);
    }

    [Fact]
    public void ManySequencesStartAtRest()
    {
        // What one sequence needs of another is nothing: fitted together, two equal ones give what one gives when its rows count twice, whatever stands between.
        Matrix x = Waves(200), y = Waves(200, 1);
        EchoStateNetwork one = EchoStateNetwork.Fit([x, x], [y, y], Small with { Washout = 20 }, TestContext.Current.CancellationToken);
        EchoStateNetwork other = EchoStateNetwork.Fit([x, Waves(30, 900), x], [y, Gaps(Waves(30, 901), _ => true), y], Small with { Washout = 20, InputScaling = ScalingMethod.None, OutputScaling = ScalingMethod.None }, TestContext.Current.CancellationToken);
        EchoStateNetwork same = EchoStateNetwork.Fit([x, x], [y, y], Small with { Washout = 20, InputScaling = ScalingMethod.None, OutputScaling = ScalingMethod.None }, TestContext.Current.CancellationToken);
        Assert.Equal(same.Readout.Weights.Values, other.Readout.Weights.Values);
        Assert.Equal(one.State!.Units, one.WarmUp(x).State!.Units);
        Assert.Equal(one.WarmUp(x).State, one.State);
    }

    [Fact]
    public void RowsWithoutATargetAreNotFitted()
    {
        Matrix x = Waves(400), y = Waves(400, 1), wrong = y.Copy();
        for (int t = 200; t < 250; t++) wrong[t, 0] = 1e6;
        EchoStateNetworkOptions options = Small with { OutputScaling = ScalingMethod.None };
        EchoStateNetwork spoiled = EchoStateNetwork.Fit(x, wrong, options, TestContext.Current.CancellationToken), left = EchoStateNetwork.Fit(x, Gaps(y, t => t is >= 200 and < 250), options, TestContext.Current.CancellationToken);
        Assert.InRange(Largest(left.Predict(x).Slice(50, 350), y.Slice(50, 350)), 0, 0.05);
        Assert.InRange(Largest(spoiled.Predict(x).Slice(50, 350), y.Slice(50, 350)), 100, double.PositiveInfinity);
    }

    [Fact]
    public void MissingInputsArePredictedOrHeld()
    {
        EchoStateNetwork network = EchoStateNetwork.FitSeries(Waves(400), Small, TestContext.Current.CancellationToken);
        Matrix gaps = Gaps(Waves(100), t => t is >= 60 and < 70);
        EchoStateNetwork at = network.WarmUp(Waves(60));
        Assert.Equal<double>([.. at.State!.Output, .. network.Predict(gaps).Slice(60, 10).Values], [.. at.Generate(11).Values]);

        Matrix held = Waves(100);
        for (int t = 60; t < 70; t++) held.Row(59).CopyTo(held.Row(t));
        Assert.Equal((network with { PredictsInputs = false }).Predict(held).Values, (network with { PredictsInputs = false }).Predict(gaps).Values);
    }

    [Fact]
    public void ManyThreadsMayUseOne()
    {
        EchoStateNetwork network = EchoStateNetwork.FitSeries(Waves(300), Small, TestContext.Current.CancellationToken);
        double[] expected = [.. network.Generate(40).Values];
        Matrix[] results = new Matrix[16];
        Parallel.For(0, 16, i => results[i] = i % 2 == 0 ? network.Generate(40) : network.WarmUp(Waves(300)).Generate(40));
        Assert.All(results, result => Assert.Equal(expected, result.Values));
    }

    [Fact]
    public void ErrorsSayWhatToDo()
    {
        Assert.Equal("Inputs and targets share their rows; sequence 0 has 20 rows of inputs and 19 of targets.", Error(() => EchoStateNetwork.Fit(Waves(20), Waves(19))));
        Assert.Equal(
            "Nothing is left to fit: the longest sequence has 20 rows, the washout takes 20, and rows with a missing target are not fitted. Give longer sequences, or fill in missing values.",
            Error(() => EchoStateNetwork.Fit(Waves(20), Waves(20), new() { Washout = 20 })));
        Assert.Equal("A washout is a number of rows from 0, not -1.", Error(() => _ = new EchoStateNetworkOptions { Washout = -1 }));
        EchoStateNetwork network = EchoStateNetwork.FitSeries(Waves(60), Small, TestContext.Current.CancellationToken);
        Assert.Equal("The network reads 2 series, but the inputs have 1 columns.", Error(() => network.Predict(new Matrix(3, 1))));
        Assert.Equal("Generation goes on from a state, and this network is at rest. Give it the sequence before with WarmUp.", Error(() => network.With(null).Generate(3)));
        Matrix infinite = Waves(60);
        infinite[7, 1] = double.PositiveInfinity;
        Assert.Equal(
            "Series need finite values, or NaN for those that are missing; series 1 is ∞ at row 7. Remove or replace it.",
            Error(() => EchoStateNetwork.FitSeries(infinite)).Replace("Infinity", "∞", StringComparison.Ordinal));
        EchoStateNetwork wide = EchoStateNetwork.Fit(new Matrix(60, 1), Waves(60), Small, TestContext.Current.CancellationToken);
        Assert.Equal(
            "Generation without output feedback takes the outputs for the first inputs of the next row, but there are 1 inputs and 2 outputs. Fit the network with OutputFeedback.",
            Error(() => wide.Generate(1)));
    }

    private static Matrix Gaps(Matrix series, Func<int, bool> missing)
    {
        Matrix gaps = series.Copy();
        for (int t = 0; t < gaps.Rows; t++)
        {
            if (missing(t)) gaps.Row(t).Fill(double.NaN);
        }

        return gaps;
    }

    private static string Error(Action action) => Assert.Throws<GraftException>(action).Message;
}
