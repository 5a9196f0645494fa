using System.Text.Json;
using Graft.Numerics;
using Graft.Reservoirs.Series;
using Graft.Tests.Numerics;

namespace Graft.Tests.Reservoirs.Series;

public class GeneratorTests
{
    private static readonly JsonElement Expected = Samples.Fixture("Reservoirs/Series", "series.json");

    [Theory]
    [InlineData(1, 2e-2)]
    [InlineData(2, 1e-3)]
    [InlineData(20, 1e-7)]
    public void LorenzNearsTheTrajectoryOfScipyWithTheFourthPowerOfTheStep(int substeps, double tolerance)
    {
        Matrix series = Lorenz63.Generate(201, new() { Discard = 0, Substeps = substeps });
        Assert.InRange(Samples.Distance(Expected.Numbers("lorenz"), Every(series, 20)), 0, tolerance);
    }

    [Fact]
    public void RosslerFollowsTheTrajectoryOfScipy()
    {
        Matrix series = Rossler.Generate(201, new() { Step = 0.1, Discard = 0, Substeps = 20 });
        Assert.InRange(Samples.Distance(Expected.Numbers("rossler"), Every(series, 20)), 0, 1e-8);
    }

    [Fact]
    public void LorenzHasTheMomentsOfItsAttractor()
    {
        // The flow is symmetric in x and y; z has a mean of 23.56 and x a standard deviation of 7.93 (149,000 points by scipy).
        Matrix series = Lorenz63.Generate(200_000, new() { Seed = 3 });
        Assert.Equal(0, Mean(series, 0), 0.3);
        Assert.Equal(0, Mean(series, 1), 0.3);
        Assert.Equal(23.56, Mean(series, 2), 0.1);
        Assert.Equal(7.93, SeriesMetrics.Deviation(SeriesMetrics.Column(series, 0)), 0.1);
    }

    [Fact]
    public void TwoNearTrajectoriesPartAtTheRateOfTheLyapunovExponent()
    {
        // The mean growth of a small distance that is brought back after every step.
        FlowOptions options = new() { Discard = 0, Step = 0.02 };
        Matrix start = Lorenz63.Generate(1, new() { Discard = 5000 });
        (double X, double Y, double Z) point = (start[0, 0], start[0, 1], start[0, 2]), near = (point.X + 1e-7, point.Y, point.Z);
        double growth = 0;
        const int Steps = 20_000;
        for (int i = 0; i < Steps; i++)
        {
            Matrix a = Lorenz63.Generate(2, options with { Start = point }), b = Lorenz63.Generate(2, options with { Start = near });
            double dx = b[1, 0] - a[1, 0], dy = b[1, 1] - a[1, 1], dz = b[1, 2] - a[1, 2], distance = Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz));
            growth += Math.Log(distance / 1e-7);
            point = (a[1, 0], a[1, 1], a[1, 2]);
            near = (point.X + (dx / distance * 1e-7), point.Y + (dy / distance * 1e-7), point.Z + (dz / distance * 1e-7));
        }

        Assert.Equal(Lorenz63.LyapunovExponent, growth / (Steps * 0.02), 0.03);
    }

    [Theory]
    [InlineData("mackeyGlassEuler", 17)]
    [InlineData("mackeyGlassEulerTau30", 30)]
    public void MackeyGlassTakesTheStepsOfTheProtocol(string name, double tau)
    {
        double[] expected = Expected.Numbers(name);
        Matrix series = MackeyGlass.Generate(expected.Length, new() { Tau = tau, Discard = 0 });
        Assert.InRange(Samples.Distance(expected, series.Values), 0, 1e-11);
    }

    [Theory]
    [InlineData(0.1, 1e-6)]
    [InlineData(0.05, 6e-8)]
    [InlineData(0.01, 1e-9)]
    public void MackeyGlassByRungeKuttaNearsTheMethodOfSteps(double step, double tolerance)
    {
        double[] expected = Expected.Numbers("mackeyGlassExact");
        Matrix series = MackeyGlass.Generate(expected.Length, new() { Method = IntegrationMethod.RungeKutta4, Step = step, KeepEvery = (int)Math.Round(1 / step), Discard = 0 });
        Assert.InRange(Samples.Distance(expected, series.Values), 0, tolerance);
    }

    [Fact]
    public void MackeyGlassSquashesAndComesBack()
    {
        Matrix plain = MackeyGlass.Generate(500), squashed = MackeyGlass.Generate(500, new() { Squash = true });
        for (int t = 0; t < 500; t++)
        {
            Assert.Equal(Math.Tanh(plain[t, 0] - 1), squashed[t, 0]);
            Assert.Equal(plain[t, 0], MackeyGlass.Unsquash(squashed[t, 0]), 1e-14);
        }
    }

    [Fact]
    public void MackeyGlassHasTheMomentsOfItsAttractor()
    {
        // Euler's steps of 0.1 over 200,000 units of time in numpy: mean 0.930, deviation 0.226, from 0.412 to 1.322.
        double[] values = MackeyGlass.Generate(50_000).Values.ToArray();
        Assert.Equal(0.930, values.Average(), 0.005);
        Assert.Equal(0.226, SeriesMetrics.Deviation(values), 0.005);
        Assert.InRange(values.Min(), 0.40, 0.43);
        Assert.InRange(values.Max(), 1.30, 1.33);
    }

    [Fact]
    public void DiscardedValuesAreThoseAtTheStart()
    {
        Assert.Equal(MackeyGlass.Generate(50, new() { Discard = 0 }).Values[20..], MackeyGlass.Generate(30, new() { Discard = 20 }).Values);
        Assert.Equal(Lorenz63.Generate(50, new() { Discard = 0 }).Values[60..], Lorenz63.Generate(30, new() { Discard = 20 }).Values);
    }

    [Fact]
    public void SeedsRepeatAndDiffer()
    {
        Different(seed => MackeyGlass.Generate(100, new() { Seed = seed }));
        Different(seed => Lorenz63.Generate(100, new() { Seed = seed }));
        Different(seed => Rossler.Generate(100, new() { Seed = seed }));
        Different(seed => HenonMap.Generate(100, seed));
        Different(seed => Narma.Generate(100, seed: seed).Targets);
        Different(seed => UniformSeries.Generate(100, seed: seed));

        static void Different(Func<ulong, Matrix> generate)
        {
            Assert.Equal(generate(1).Values, generate(1).Values);
            Assert.NotEqual(generate(1)[99, 0], generate(2)[99, 0]);
        }
    }

    [Theory]
    [InlineData("narma10", 10)]
    [InlineData("narma20", 20)]
    [InlineData("narma30", 30)]
    public void NarmaIsThePublishedRecursion(string name, int order)
    {
        double[] inputs = [.. Enumerable.Range(0, 120).Select(t => 0.25 + (0.25 * Math.Sin(t * t * 0.7)))];
        NarmaOptions options = order switch { 10 => NarmaOptions.Order10, 20 => NarmaOptions.Order20, _ => NarmaOptions.Order30 };
        Assert.InRange(Samples.Distance(Expected.Numbers(name), Narma.Respond(inputs, options)!), 0, 1e-12);
    }

    [Fact]
    public void NarmaGivesTheTargetBesideTheLastInputThatItDependsOn()
    {
        DrivenSeries series = Narma.Generate(300, new() { Discard = 0 }, seed: 4);
        double[] y = series.Targets.Values.ToArray(), u = series.Inputs.Values.ToArray();
        Assert.All(u, value => Assert.InRange(value, 0, 0.5));
        for (int t = 10; t < 300; t++)
        {
            double sum = Enumerable.Range(1, 10).Sum(back => y[t - back]);
            Assert.Equal((0.3 * y[t - 1]) + (0.05 * y[t - 1] * sum) + (1.5 * u[t - 9] * u[t]) + 0.1, y[t], 1e-14);
        }
    }

    [Fact]
    public void NarmaHasTheMomentsOfTheLiterature()
    {
        // 10^6 steps of the recursion in numpy: mean 0.386, deviation 0.109.
        double[] targets = Narma.Generate(50_000).Targets.Values.ToArray();
        Assert.Equal(0.386, targets.Average(), 0.006);
        Assert.Equal(0.109, SeriesMetrics.Deviation(targets), 0.004);
    }

    [Fact]
    public void NarmaThatDivergesIsSeenAndDrawnAnew()
    {
        // With inputs of up to 0.55 many series of this length diverge; numpy had 8 of 20.
        NarmaOptions options = new() { LargestInput = 0.55, Discard = 0 };
        int diverged = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            Philox random = new(seed);
            if (Narma.Respond([.. Enumerable.Range(0, 1000).Select(t => 0.55 * random.Uniform((ulong)t))], options) is null) diverged++;
            Assert.All(Narma.Generate(1000, options, seed).Targets.Values.ToArray(), value => Assert.InRange(value, 0, 10));
        }

        Assert.InRange(diverged, 2, 16);
        Assert.Equal(
            "The NARMA series of order 10 and 1200 steps diverged under 100 draws of its inputs. Use smaller inputs, smaller weights, or a tanh.",
            Assert.Throws<GraftException>(() => Narma.Generate(1000, new() { LargestInput = 2 })).Message);
    }

    [Fact]
    public void HenonIsItsMap()
    {
        Matrix series = HenonMap.Generate(200, 7);
        for (int t = 0; t + 1 < 200; t++)
        {
            Assert.Equal(1 - (1.4 * series[t, 0] * series[t, 0]) + series[t, 1], series[t + 1, 0]);
            Assert.Equal(0.3 * series[t, 0], series[t + 1, 1]);
        }
    }

    [Fact]
    public void OscillatorsAddUp()
    {
        Matrix series = MultipleSuperimposedOscillators.Generate(100, 3);
        for (int t = 0; t < 100; t++) Assert.Equal(Math.Sin(0.2 * t) + Math.Sin(0.311 * t) + Math.Sin(0.42 * t), series[t, 0], 1e-15);
        Assert.Equal(
            "There are standard frequencies for 1 to 8 oscillators, not for 9. Give the frequencies.",
            Assert.Throws<GraftException>(() => MultipleSuperimposedOscillators.Generate(100, 9)).Message);
    }

    [Fact]
    public void UniformNumbersFillTheirRangeAndKnowNothingOfEachOther()
    {
        Matrix series = UniformSeries.Generate(20_000, -0.8, 0.8, 5);
        Assert.Equal(0, Mean(series, 0), 0.01);
        Assert.Equal(1.6 / Math.Sqrt(12), SeriesMetrics.Deviation(series.Values), 0.005);
        Assert.InRange(SeriesMetrics.MemoryCapacity(UniformSeries.Delayed(series, 10), UniformSeries.Delayed(UniformSeries.Generate(20_000, seed: 6), 10)).Total, 0, 0.005);
    }

    [Fact]
    public void WrongParametersAreTold()
    {
        Assert.Equal(
            "The delay of a Mackey-Glass series is a whole number of steps; 17 is not one of 0.3. Use a step that divides the delay.",
            Assert.Throws<GraftException>(() => MackeyGlass.Generate(10, new() { Step = 0.3 })).Message);
        Assert.Equal(
            "The Lorenz system left all bounds with a step of 0.5. Use a smaller step, more substeps, or a start nearer to the attractor.",
            Assert.Throws<GraftException>(() => Lorenz63.Generate(10, new() { Step = 0.5 })).Message);
        Assert.Equal("The step of a series is a finite time above zero, not 0.", Assert.Throws<GraftException>(() => new FlowOptions { Step = 0 }).Message);
        Assert.Equal("Uniform numbers lie between two finite bounds in rising order, not between 1 and 0.", Assert.Throws<GraftException>(() => UniformSeries.Generate(10, 1, 0)).Message);
    }

    private static double[] Every(Matrix series, int rows) => [.. Enumerable.Range(0, (series.Rows + rows - 1) / rows).SelectMany(i => series.Row(i * rows).ToArray())];

    private static double Mean(Matrix series, int column) => SeriesMetrics.Column(series, column).Average();
}
