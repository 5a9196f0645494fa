using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;

namespace Graft.Tests.Reservoirs;

/// <summary>What a reservoir remembers of the state that it began with.</summary>
public class EchoStatePropertyTests
{
    [Theory]
    [InlineData(StatePrecision.Float32)]
    [InlineData(StatePrecision.Float64)]
    public void TwoInitialStatesConvergeBelowARadiusOfOneAndNotFarAbove(StatePrecision precision)
    {
        foreach (WeightLayout layout in (WeightLayout[])[WeightLayout.Rows, WeightLayout.SharedColumns])
        {
            Assert.InRange(Distance(0.8, precision, layout), 0, 1e-6);
            Assert.InRange(Distance(4, precision, layout), 0.1, 1e9);
        }
    }

    [Fact]
    public void ADrivenReservoirConvergesWhereOneLeftAloneDoesNot()
    {
        // A strong input holds tanh units in saturation, where they forget.
        Assert.InRange(Distance(1.5, StatePrecision.Float64, WeightLayout.Rows, input: 0), 0.1, 1e9);
        Assert.InRange(Distance(1.5, StatePrecision.Float64, WeightLayout.Rows, input: 10), 0, 1e-6);
    }

    private static double Distance(double radius, StatePrecision precision, WeightLayout layout, double input = 0.1)
    {
        Reservoir reservoir = Reservoir.Create(new ReservoirOptions { Units = 200, Density = 0.2, SpectralRadius = radius, Precision = precision, Layout = layout, BiasScaling = 0, InputScaling = input, Seed = 2 });
        using SequenceSession session = reservoir.CreateSession(2);
        double[] states = new double[400], features = new double[400];
        for (int i = 0; i < 200; i++) (states[i], states[200 + i]) = (Math.Sin(i), Math.Cos(i * i));
        session.State = states;
        for (int t = 0; t < 300; t++) session.Step([Math.Sin(t), Math.Sin(t)], [], features);
        return Math.Sqrt(Enumerable.Range(0, 200).Sum(i => Math.Pow(features[i] - features[200 + i], 2)));
    }
}
