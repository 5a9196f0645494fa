using System.Text.Json;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using static Graft.Tests.Reservoirs.TestReservoirs;

namespace Graft.Tests.Reservoirs;

/// <summary>Trunks made of trunks, autoregression and intrinsic plasticity.</summary>
public class CompositeTests
{
    private static readonly ReservoirOptions Small = new() { Units = 20, Seed = 5, Connections = 5 };

    [Fact]
    public void ADeepReservoirFeedsEachLayerTheStatesOfTheOneBelow()
    {
        DeepReservoir deep = DeepReservoir.Create([Small, Small with { Units = 30, PassInputs = true }, Small], inputs: 2, outputs: 1, inputsToAll: true);
        Assert.Equal((2, 1, 20 + 62 - 10 + 20, StatePrecision.Float64), (deep.Inputs, deep.Outputs, deep.Features, deep.Precision));
        Assert.False(deep.Layers[0].Weights.Recurrent.Values.SequenceEqual(deep.Layers[2].Weights.Recurrent.Values));

        Matrix features = deep.States(Inputs, Teacher), first = deep.Layers[0].States(Inputs, Teacher), second = deep.Layers[1].States(Beside(first, Inputs), Teacher);
        Matrix states = new(Steps, 30);
        for (int t = 0; t < Steps; t++) second.Row(t)[..30].CopyTo(states.Row(t));
        Matrix third = deep.Layers[2].States(Beside(states, Inputs), Teacher);
        Assert.Equal(Beside(Beside(first, second), third).Values, features.Values);
    }

    [Fact]
    public void ParallelReservoirsReadTheirPartsOfTheInputs()
    {
        ParallelReservoir parallel = ParallelReservoir.Create(Small, 2, [[0], [1, 0]], outputs: 1);
        Assert.Equal((2, 1, 40), (parallel.Inputs, parallel.Outputs, parallel.Features));
        Matrix first = parallel.Parts[0].States(Columns(Inputs, 0), Teacher), second = parallel.Parts[1].States(Columns(Inputs, 1, 0), Teacher);
        Assert.Equal(Beside(first, second).Values, parallel.States(Inputs, Teacher).Values);

        // All inputs to all, feedback to one.
        Reservoir fed = Reservoir.Create(Small, 2, 1), free = Reservoir.Create(Small, 2);
        ParallelReservoir mixed = new([free, fed], 2);
        Assert.Equal(Beside(free.States(Inputs), fed.States(Inputs, Teacher)).Values, mixed.States(Inputs, Teacher).Values);
    }

    [Fact]
    public void CompositeTrunksRunManySequencesAndGoOnFromSavedStates()
    {
        ReservoirOptions single = Small with { Precision = StatePrecision.Float32 };
        SequenceTrunk[] trunks = [DeepReservoir.Create([Small, single], 2), ParallelReservoir.Create(single, 2, [[0], [0, 1]]), new NonlinearVectorAutoregression(new() { Delays = 3, Stride = 2 }, 2)];
        foreach (SequenceTrunk trunk in trunks)
        {
            Matrix other = Numbers(Steps, 2, 70), alone = trunk.States(Inputs), third = trunk.States(other);
            using SequenceSession session = trunk.CreateSession(3);
            double[] features = new double[3 * trunk.Features], saved = [];
            for (int t = 0; t < Steps; t++)
            {
                if (t == 10) saved = session.State;
                session.Step([.. Inputs.Row(t), .. other.Row(t), .. Inputs.Row(t)], [], features);
                Assert.Equal([.. alone.Row(t), .. third.Row(t), .. alone.Row(t)], features);
            }

            using SequenceSession resumed = trunk.CreateSession(3);
            resumed.State = saved;
            for (int t = 10; t < Steps; t++) resumed.Step([.. Inputs.Row(t), .. other.Row(t), .. Inputs.Row(t)], [], features);
            Assert.Equal([.. alone.Row(Steps - 1), .. third.Row(Steps - 1), .. alone.Row(Steps - 1)], features);
            session.Reset();
            session.Step([.. Inputs.Row(0), .. other.Row(0), .. Inputs.Row(0)], [], features);
            Assert.Equal(alone.Row(0), features.AsSpan(0, trunk.Features));

            float[] rounded = [.. alone.Values.ToArray().Select(value => (float)value)];
            using SequenceSession narrow = trunk.CreateSession();
            Assert.Equal(rounded, narrow.SingleStates(Inputs));
        }
    }

    [Fact]
    public void SequencesOfAnyLengthRunTogetherToTheBitsOfEachAlone()
    {
        Reservoir reservoir = Reservoir.Create(Small, 2, 1);
        Matrix[] inputs = [.. Enumerable.Range(0, 41).Select(i => Numbers(3 + (i * 7 % 11), 2, (uint)i))], teachers = [.. inputs.Select((matrix, i) => Numbers(matrix.Rows, 1, (uint)(50 + i)))];
        foreach (int threads in (int[])[1, 2])
        {
            Matrix[] features = reservoir.RunAll(inputs, teachers, washout: 2, threads: threads, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(inputs.Length, features.Length);
            for (int i = 0; i < inputs.Length; i++) Assert.Equal(reservoir.States(inputs[i], teachers[i], washout: 2).Values.ToArray(), features[i].Values.ToArray());
        }

        Assert.Empty(reservoir.RunAll([], [], cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void AutoregressionGivesTheFeaturesOfNumpy()
    {
        int[] rows = [0, 3, 24];
        foreach ((string name, int highest, int count) in (ReadOnlySpan<(string, int, int)>)[("2", 2, 28), ("3", 3, 84)])
        {
            NonlinearVectorAutoregression trunk = new(new() { Delays = 3, Stride = 2, Orders = [.. Enumerable.Range(2, highest - 1).Reverse()] }, 2);
            Assert.Equal((count, 4), (trunk.Features, trunk.WarmUp));
            Matrix features = trunk.States(Inputs);
            JsonElement expected = Fixture.Json("Reservoirs", "reservoirs.json").GetProperty("nvar").GetProperty(name);
            for (int i = 0; i < 3; i++) AssertEqual([.. expected[i].EnumerateArray().Select(e => e.GetDouble())], features.Row(rows[i]), 1e-16);
        }

        Assert.Equal(6, new NonlinearVectorAutoregression(new() { Delays = 3, Orders = [], Constant = false }, 2).Features);
        Assert.Equal(6 + 56, new NonlinearVectorAutoregression(new() { Delays = 3, Orders = [3], Constant = false }, 2).Features);
    }

    [Fact]
    public void IntrinsicPlasticityGivesTheGainsAndBiasesOfNumpy()
    {
        JsonElement fixture = Fixture.Json("Reservoirs", "reservoirs.json");
        double[] gains = [.. fixture.GetProperty("gain").EnumerateArray().Select(e => e.GetDouble())], shifts = [.. fixture.GetProperty("shift").EnumerateArray().Select(e => e.GetDouble())];
        ReservoirWeights weights = Weights(feedback: false);
        Reservoir adapted = IntrinsicPlasticity.Adapt(Reservoir.FromWeights(weights), Inputs, options: new() { Mean = 0.1, Deviation = 0.3, LearningRate = 0.01, Epochs = 1 }, cancellation: TestContext.Current.CancellationToken);
        for (int i = 0; i < Units; i++)
        {
            Assert.Equal((gains[i] * weights.Bias[i]) + shifts[i], adapted.Weights.Bias[i], 1e-7);
            Assert.Equal(gains[i] * weights.Input[i, 1], adapted.Weights.Input[i, 1], 1e-7);
            for (int k = weights.Recurrent.RowStarts[i]; k < weights.Recurrent.RowStarts[i + 1]; k++) Assert.Equal(gains[i] * weights.Recurrent.Values[k], adapted.Weights.Recurrent.Values[k], 1e-7);
        }
    }

    [Fact]
    public void IntrinsicPlasticityBringsValuesNearTheDistributionWanted()
    {
        Reservoir reservoir = Reservoir.Create(Small with { Units = 50, BiasScaling = 2, InputScaling = 0.3 }, 1);
        Matrix inputs = Numbers(2000, 1, 9);
        List<Completion> told = new();
        Reservoir adapted = IntrinsicPlasticity.Adapt(reservoir, inputs, options: new() { Mean = 0.1, Deviation = 0.25, LearningRate = 3e-3, Epochs = 8 }, progress: new Listener(told), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([.. Enumerable.Range(1, 8).Select(epoch => new Completion(2000 * epoch, 16000))], told);
        (double mean, double deviation) = Worst(reservoir.States(inputs, washout: 100), 0.1, 0.25);
        (double adaptedMean, double adaptedDeviation) = Worst(adapted.States(inputs, washout: 100), 0.1, 0.25);
        Assert.True(mean > 0.5 && deviation > 0.1, $"{mean} {deviation}");
        // The gradient ends where the distance between the distributions is least, not where the moments agree.
        Assert.True(adaptedMean < 0.2 && adaptedDeviation < 0.06, $"{adaptedMean} {adaptedDeviation}");

        static (double Mean, double Deviation) Worst(Matrix states, double mean, double deviation)
        {
            double worstMean = 0, worstDeviation = 0;
            for (int i = 0; i < states.Columns; i++)
            {
                double[] values = [.. Enumerable.Range(0, states.Rows).Select(t => states[t, i])];
                double average = values.Average();
                worstMean = Math.Max(worstMean, Math.Abs(average - mean));
                worstDeviation = Math.Max(worstDeviation, Math.Abs(Math.Sqrt(values.Average(x => (x - average) * (x - average))) - deviation));
            }

            return (worstMean, worstDeviation);
        }
    }

    private static Matrix Beside(Matrix left, Matrix right)
    {
        Matrix both = new(left.Rows, left.Columns + right.Columns);
        for (int t = 0; t < left.Rows; t++)
        {
            left.Row(t).CopyTo(both.Row(t));
            right.Row(t).CopyTo(both.Row(t)[left.Columns..]);
        }

        return both;
    }

    private static Matrix Columns(Matrix matrix, params int[] columns)
    {
        Matrix part = new(matrix.Rows, columns.Length);
        for (int t = 0; t < matrix.Rows; t++)
        {
            for (int k = 0; k < columns.Length; k++) part[t, k] = matrix[t, columns[k]];
        }

        return part;
    }

    private sealed class Listener(List<Completion> told) : IProgress<Completion>
    {
        public void Report(Completion value) => told.Add(value);
    }
}
