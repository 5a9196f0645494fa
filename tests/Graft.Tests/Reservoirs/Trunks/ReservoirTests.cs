using System.Text.Json;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using static Graft.Tests.Reservoirs.TestReservoirs;

namespace Graft.Tests.Reservoirs.Trunks;

/// <summary>Reservoirs of given weights against numpy, alone, together, saved and restored.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class ReservoirTests
{
    private static readonly int[] Rows = [0, 1, 24];

    [Theory]
    [InlineData("leaky", false)]
    [InlineData("edge", true)]
    public void StatesEqualNumpy(string name, bool rotation)
    {
        JsonElement expected = Fixture.Json("Reservoirs", "reservoirs.json").GetProperty(name);
        foreach (StatePrecision precision in Enum.GetValues<StatePrecision>())
        {
            Reservoir reservoir = Reservoir.FromWeights(Weights(rotation: rotation), new ReservoirOptions { Precision = precision });
            Matrix states = reservoir.States(Inputs, Teacher);
            Assert.Equal((Steps, Units), (states.Rows, states.Columns));
            for (int i = 0; i < Rows.Length; i++) AssertEqual([.. expected[i].EnumerateArray().Select(e => e.GetDouble())], states.Row(Rows[i]), precision == StatePrecision.Float64 ? 1e-14 : 1e-6, $"{precision}, step {Rows[i]}");
        }
    }

    [Fact]
    public void WeightsThatFloat32CanNotHoldAreUsedInFull()
    {
        ReservoirWeights weights = Weights();
        double[] thirds = [.. weights.Recurrent.Values.ToArray().Select(value => value / 3)];
        ReservoirWeights finer = weights with { Recurrent = weights.Recurrent.With(thirds) };
        Matrix states = Reservoir.FromWeights(finer).States(Inputs, Teacher), expected = Scalar(finer);
        AssertEqual(expected.Values, states.Values, 1e-14);
    }

    [Theory]
    [InlineData(StatePrecision.Float32, false)]
    [InlineData(StatePrecision.Float64, false)]
    [InlineData(StatePrecision.Float32, true)]
    [InlineData(StatePrecision.Float64, true)]
    public void ManySequencesGiveTheBitsOfEachAloneOnAnyNumberOfThreads(StatePrecision precision, bool rotation)
    {
        Reservoir reservoir = Reservoir.FromWeights(Weights(rotation: rotation), new ReservoirOptions { Precision = precision, PassInputs = true, SquareHalf = true });
        foreach (int sequences in (int[])[1, 2, 5, 9, 21, 37])
        {
            Matrix[] inputs = [.. Enumerable.Range(0, sequences).Select(s => Numbers(6, 2, (uint)(100 + s)))], teachers = [.. Enumerable.Range(0, sequences).Select(s => Numbers(6, 1, (uint)(200 + s)))];
            Matrix[] alone = [.. inputs.Zip(teachers, (input, teacher) => reservoir.States(input, teacher))];
            foreach (int threads in (int[])[1, 3])
            {
                using SequenceSession session = reservoir.CreateSession(sequences, threads);
                double[] features = new double[sequences * reservoir.Features];
                for (int t = 0; t < 6; t++)
                {
                    session.Step([.. inputs.SelectMany(matrix => matrix.Row(t).ToArray())], [.. teachers.Select(matrix => t == 0 ? 0 : matrix[t - 1, 0])], features);
                    Assert.Equal([.. alone.SelectMany(matrix => matrix.Row(t).ToArray())], features);
                }
            }
        }
    }

    [Fact]
    public void ALargeReservoirGivesTheSameBitsOnOneAndOnSeveralThreads()
    {
        foreach (StatePrecision precision in Enum.GetValues<StatePrecision>())
        {
            Reservoir reservoir = Reservoir.Create(new ReservoirOptions { Units = 1500, Density = 0.2, Precision = precision, Scaling = SpectralScaling.None });
            Matrix inputs = Numbers(4, 1, 3);
            Assert.Equal(reservoir.States(inputs, threads: 1).Values, reservoir.States(inputs, threads: 3).Values);
        }
    }

    [Fact]
    public void FeaturesMayHoldInputsAndSquares()
    {
        ReservoirWeights weights = Weights(feedback: false);
        Matrix plain = Reservoir.FromWeights(weights).States(Inputs), rich = Reservoir.FromWeights(weights, new ReservoirOptions { PassInputs = true, SquareHalf = true }).States(Inputs);
        Assert.Equal((Units, Units + 2), (plain.Columns, rich.Columns));
        for (int t = 0; t < Steps; t++)
        {
            for (int i = 0; i < Units; i++) Assert.Equal(i % 2 == 0 ? plain[t, i] : plain[t, i] * plain[t, i], rich[t, i]);
            Assert.Equal(Inputs.Row(t), rich.Row(t)[Units..]);
        }
    }

    [Theory]
    [InlineData(StatePrecision.Float32)]
    [InlineData(StatePrecision.Float64)]
    public void ASessionGoesOnFromASavedStateToTheSameBits(StatePrecision precision)
    {
        Reservoir reservoir = Reservoir.FromWeights(Weights(), new ReservoirOptions { Precision = precision });
        foreach (int sequences in (int[])[1, 19])
        {
            using SequenceSession first = reservoir.CreateSession(sequences), second = reservoir.CreateSession(sequences);
            double[] features = new double[sequences * Units], again = new double[sequences * Units];
            for (int t = 0; t < 5; t++) Step(first, t, features);
            second.State = first.State;
            Assert.Equal(features, first.State);
            Step(first, 5, features);
            Step(second, 5, again);
            Assert.Equal(features, again);

            first.Reset();
            Assert.Equal(0, first.Time);
            Assert.All(first.State, value => Assert.Equal(0, value));
            using SequenceSession fresh = reservoir.CreateSession(sequences);
            Step(first, 0, features);
            Step(fresh, 0, again);
            Assert.Equal(features, again);
        }
    }

    [Fact]
    public void AWashoutLeavesRowsOutAndARunGoesOnWhereTheLastOneEnded()
    {
        Reservoir reservoir = Reservoir.FromWeights(Weights(feedback: false));
        Matrix whole = reservoir.States(Inputs), late = reservoir.States(Inputs, washout: 10);
        Assert.Equal(whole.Values[(10 * Units)..], late.Values);
        Assert.Equal(0, reservoir.States(Inputs, washout: Steps).Rows);

        using SequenceSession session = reservoir.CreateSession();
        Matrix head = session.States(new Matrix(10, 2, Inputs.Values[..20].ToArray())), tail = session.States(new Matrix(15, 2, Inputs.Values[20..].ToArray()));
        Assert.Equal(whole.Values.ToArray(), (double[])[.. head.Values, .. tail.Values]);
        Assert.Equal(Steps, session.Time);
    }

    [Fact]
    public void Float32FeaturesAreThoseOfFloat64Rounded()
    {
        foreach (StatePrecision precision in Enum.GetValues<StatePrecision>())
        {
            Reservoir reservoir = Reservoir.FromWeights(Weights(feedback: false), new ReservoirOptions { Precision = precision, PassInputs = true, SquareHalf = true });
            using SequenceSession session = reservoir.CreateSession();
            float[] rounded = [.. reservoir.States(Inputs, washout: 3).Values.ToArray().Select(value => (float)value)];
            TestNumbers.AssertClose(rounded, session.SingleStates(Inputs, washout: 3), 1.2e-7);
        }
    }

    [Fact]
    public void NoiseIsAddedWhenAskedForAndDependsOnTheSeedAlone()
    {
        ReservoirOptions quiet = new(), noisy = new() { StateNoise = 0.01, Seed = 3 }, fed = new() { FeedbackNoise = 0.01, Seed = 3 };
        Matrix clean = Run(quiet, noise: false);
        Assert.Equal(clean.Values, Run(noisy, noise: false).Values);
        Assert.Equal(clean.Values, Run(quiet, noise: true).Values);
        Assert.Equal(Run(noisy, noise: true).Values, Run(noisy, noise: true).Values);
        Assert.NotEqual(Run(noisy, noise: true).Values.ToArray(), Run(noisy with { Seed = 4 }, noise: true).Values.ToArray());
        foreach (ReservoirOptions options in (ReservoirOptions[])[noisy, fed])
        {
            double[] difference = [.. Run(options, noise: true).Values.ToArray().Zip(clean.Values.ToArray(), (a, b) => a - b)];
            double deviation = Math.Sqrt(difference.Average(d => d * d));
            Assert.InRange(deviation, 0.001, 0.03);
        }

        // In lanes each sequence has the noise of its number.
        Reservoir reservoir = Reservoir.FromWeights(Weights(), noisy);
        using SequenceSession many = reservoir.CreateSession(20), few = reservoir.CreateSession(3);
        (many.AddsNoise, few.AddsNoise) = (true, true);
        double[] features = new double[20 * Units], fewer = new double[3 * Units];
        Step(many, 0, features);
        Step(few, 0, fewer);
        Assert.Equal(features[..(3 * Units)], fewer);
        Assert.NotEqual(features[..Units], features[Units..(2 * Units)]);

        static Matrix Run(ReservoirOptions options, bool noise) => Reservoir.FromWeights(Weights(), options).States(Inputs, Teacher, noise: noise);
    }

    [Fact]
    public void AnIdentityReservoirIsLinear()
    {
        ReservoirWeights weights = Weights(feedback: false) with { Bias = new double[Units] };
        Reservoir reservoir = Reservoir.FromWeights(weights, new ReservoirOptions { Activation = UnitActivation.Identity });
        Matrix once = reservoir.States(Inputs), twice = reservoir.States(new Matrix(Steps, 2, [.. Inputs.Values.ToArray().Select(value => 2 * value)]));
        Assert.Equal(once.Values.ToArray().Select(value => 2 * value), twice.Values.ToArray());
        Assert.Contains(once.Values.ToArray(), value => Math.Abs(value) > 1);
    }

    private static void Step(SequenceSession session, int t, double[] features) =>
        session.Step([.. Enumerable.Range(0, 2 * session.Sequences).Select(i => Math.Sin(t + (0.3 * (i % 6))))], [.. Enumerable.Range(0, session.Sequences).Select(i => Math.Cos(t + (i % 3)))], features);

    private static Matrix Scalar(ReservoirWeights weights)
    {
        Matrix states = new(Steps, Units);
        double[] x = new double[Units], sums = new double[Units];
        for (int t = 0; t < Steps; t++)
        {
            weights.Recurrent.Multiply(x, sums);
            for (int i = 0; i < Units; i++)
            {
                double sum = sums[i] + weights.Bias[i] + (weights.Input[i, 0] * Inputs[t, 0]) + (weights.Input[i, 1] * Inputs[t, 1]) + (t == 0 ? 0 : weights.Feedback[i, 0] * Teacher[t - 1, 0]);
                states[t, i] = ((1 - weights.LeakRates[i]) * x[i]) + (weights.LeakRates[i] * Math.Tanh(sum));
            }

            states.Row(t).CopyTo(x);
        }

        return states;
    }
}
