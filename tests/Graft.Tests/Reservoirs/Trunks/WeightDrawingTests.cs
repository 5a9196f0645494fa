using Graft.Kernels.Reservoirs;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Trunks;
using Graft.Simd;
using Graft.Threads;

namespace Graft.Tests.Reservoirs.Trunks;

/// <summary>What is drawn for which options.</summary>
public class WeightDrawingTests
{
    private static readonly ReservoirOptions Small = new() { Units = 100, Seed = 5 };

    public static TheoryData<ReservoirTopology> Scaled => new(ReservoirTopology.Random, ReservoirTopology.CycleWithJumps, ReservoirTopology.SmallWorld);

    [Theory]
    [MemberData(nameof(Scaled))]
    public void TheSpectralRadiusAndTheNormAreThoseAskedFor(ReservoirTopology topology)
    {
        foreach (double wanted in (double[])[0.3, 0.9, 1.25])
        {
            ReservoirOptions options = Small with { Topology = topology, SpectralRadius = wanted };
            Assert.Equal(1, Spectrum.Radius(Recurrent(options), WorkerPool.Shared()) / wanted, 5e-7);
            Assert.Equal(1, Svd.Decompose(Recurrent(options with { Scaling = SpectralScaling.Norm }).ToDense(), cancellation: TestContext.Current.CancellationToken).Values[0] / wanted, 5e-7);
        }
    }

    [Fact]
    public void OtherTopologiesHaveItByConstruction()
    {
        Assert.Equal(0.9, Spectrum.Radius(Recurrent(Small with { Topology = ReservoirTopology.Cycle }), WorkerPool.Shared()), 1e-6);
        Assert.Equal(0.9, Spectrum.Radius(Recurrent(Small with { Topology = ReservoirTopology.Orthogonal }), WorkerPool.Shared()), 1e-6);
        Assert.Equal(0, Spectrum.Radius(Recurrent(Small with { SpectralRadius = 0 }), WorkerPool.Shared()));
    }

    [Fact]
    public void AnOrthogonalMatrixIsOrthogonal()
    {
        Matrix w = Recurrent(Small with { Topology = ReservoirTopology.Orthogonal, SpectralRadius = 0.5 }).ToDense(), gram = w.Gram();
        for (int i = 0; i < 100; i++)
        {
            for (int j = 0; j < 100; j++) Assert.Equal(i == j ? 0.25 : 0, gram[i, j], 2e-7);
        }
    }

    [Fact]
    public void RingsConnectNeighbours()
    {
        SparseMatrix cycle = Recurrent(Small with { Units = 3, Topology = ReservoirTopology.Cycle, SpectralRadius = 0.5 }), line = Recurrent(Small with { Units = 3, Topology = ReservoirTopology.DelayLine, SpectralRadius = 0.5 });
        Assert.Equal([0, 0, 0.5, 0.5, 0, 0, 0, 0.5, 0], cycle.ToDense().Values.ToArray());
        Assert.Equal([0, 0, 0, 0.5, 0, 0, 0, 0.5, 0], line.ToDense().Values.ToArray());
    }

    [Fact]
    public void JumpsGoBothWaysAndCloseTheCircleWhereTheyFit()
    {
        Matrix w = Recurrent(Small with { Units = 6, Topology = ReservoirTopology.CycleWithJumps, Jump = 3, JumpWeight = 0.5, Scaling = SpectralScaling.None }).ToDense();
        Assert.Equal([
            0, 0, 0, 0.5, 0, 1,
            1, 0, 0, 0, 0, 0,
            0, 1, 0, 0, 0, 0,
            0.5, 0, 1, 0, 0, 0,
            0, 0, 0, 1, 0, 0,
            0, 0, 0, 0, 1, 0], w.Values.ToArray());
    }

    [Fact]
    public void ASmallWorldRewiresSomeConnectionsOfARing()
    {
        SparseMatrix ring = Recurrent(Small with { Topology = ReservoirTopology.SmallWorld, Neighbors = 6, Rewiring = 0 }), world = Recurrent(Small with { Topology = ReservoirTopology.SmallWorld, Neighbors = 6, Rewiring = 0.2 });
        Assert.All(Distances(ring), distance => Assert.InRange(distance, 1, 3));
        Assert.Equal((600, 600), (ring.Count, world.Count));
        Assert.InRange(Distances(world).Count(distance => distance > 3), 80, 160);
        Assert.DoesNotContain(0, Distances(world));

        static int[] Distances(SparseMatrix matrix)
        {
            List<int> distances = new();
            for (int i = 0; i < 100; i++)
            {
                foreach (int j in matrix.ColumnIndices[matrix.RowStarts[i]..matrix.RowStarts[i + 1]]) distances.Add(Math.Min((i - j + 100) % 100, (j - i + 100) % 100));
            }

            return [.. distances];
        }
    }

    [Fact]
    public void RandomRowsReadAsManyUnitsAsAskedForAndGroupsShareThemWhereAskedFor()
    {
        SparseMatrix few = Recurrent(Small), rows = Recurrent(Small with { Density = 0.4, Layout = WeightLayout.Rows }), shared = Recurrent(Small with { Density = 0.4, Layout = WeightLayout.SharedColumns });
        Assert.Equal(shared.ColumnIndices.ToArray()[..40], Recurrent(Small with { Density = 0.4, Layout = WeightLayout.SharedColumns, Distribution = WeightDistribution.Normal }).ColumnIndices[..40].ToArray());
        Assert.True(Shares(Recurrent(Small with { Connections = 64 })) && !Shares(Recurrent(Small with { Connections = 63 })));
        Assert.Equal((1000, 4000, 4000), (few.Count, rows.Count, shared.Count));
        Assert.Equal(100 * 100, Recurrent(Small with { Density = 1 }).Count);
        Assert.Equal(100 * 100, Recurrent(Small with { Connections = 1000 }).Count);
        Assert.False(Columns(few, 0).SequenceEqual(Columns(few, 1)));
        Assert.False(Columns(rows, 0).SequenceEqual(Columns(rows, 1)));
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(Columns(shared, i / 16 * 16), Columns(shared, i));
            Assert.Equal(10, Columns(few, i).Distinct().Count());
        }

        Assert.False(Columns(shared, 0).SequenceEqual(Columns(shared, 16)));
        Assert.False(shared.Values[..40].SequenceEqual(shared.Values[40..80]));

        static bool Shares(SparseMatrix matrix) => Columns(matrix, 0).SequenceEqual(Columns(matrix, 15));

        static int[] Columns(SparseMatrix matrix, int row) => matrix.ColumnIndices[matrix.RowStarts[row]..matrix.RowStarts[row + 1]].ToArray();
    }

    [Fact]
    public void SharedColumnsAreReadByAboutAsManyGroupsEach()
    {
        SparseMatrix shared = Recurrent(new ReservoirOptions { Units = 1000, Density = 0.1, Scaling = SpectralScaling.None });
        int[] readers = new int[1000];
        foreach (int column in shared.ColumnIndices) readers[column]++;
        Assert.All(readers, count => Assert.InRange(count, 88, 112));
    }

    [Fact]
    public void DistributionsHaveTheirMoments()
    {
        foreach ((WeightDistribution distribution, double square, double fourth) in (ReadOnlySpan<(WeightDistribution, double, double)>)[(WeightDistribution.Uniform, 1 / 3.0, 1 / 5.0), (WeightDistribution.Normal, 1, 3), (WeightDistribution.Bernoulli, 1, 1)])
        {
            ReservoirOptions options = Small with { Units = 200, Density = 1, Distribution = distribution, InputDistribution = distribution, Scaling = SpectralScaling.None, InputScaling = 1 };
            foreach (double[] weights in (double[][])[Recurrent(options).Values.ToArray(), Reservoir.Create(options, 200).Weights.Input.Values.ToArray()])
            {
                Assert.Equal(0, weights.Average(), 0.02);
                Assert.Equal(1, weights.Average(w => w * w) / square, 0.03);
                Assert.Equal(1, weights.Average(w => w * w * w * w) / fourth, 0.08);
            }
        }
    }

    [Fact]
    public void InputsBiasesAndFeedbackAreScaledAndThinned()
    {
        ReservoirWeights weights = Reservoir.Create(Small with { InputScalings = [0.5, 2, 0, 1], InputDensity = 0.5, BiasScaling = 0.25, FeedbackScaling = 3, InputDistribution = WeightDistribution.Bernoulli }, 4, 2).Weights;
        for (int i = 0; i < 100; i++)
        {
            double[] row = weights.Input.Row(i).ToArray();
            Assert.Equal(0, row[2]);
            Assert.All((int[])[0, 1, 3], k => Assert.Contains(Math.Abs(row[k]), (double[])[0, k == 0 ? 0.5 : k == 1 ? 2 : 1]));
            Assert.InRange(row.Count(w => w != 0), 1, 2);
            Assert.Equal(0.25, Math.Abs(weights.Bias[i]));
            Assert.All(weights.Feedback.Row(i).ToArray(), w => Assert.Equal(3, Math.Abs(w)));
        }

        Assert.Equal(1, Reservoir.Create(Small with { InputDensity = 0.01 }, 4).Weights.Input.Row(0).ToArray().Count(w => w != 0));
    }

    [Fact]
    public void LeakRatesAreAlikeOrSpreadEvenlyInTheirLogarithm()
    {
        Assert.All(Reservoir.Create(Small with { LeakRate = 0.3 }).Weights.LeakRates, rate => Assert.Equal(0.3, rate));
        double[] rates = [.. Reservoir.Create(Small with { Units = 1000, LeakRate = 0.01, LeakRateTo = 1 }).Weights.LeakRates];
        Assert.All(rates, rate => Assert.InRange(rate, 0.01, 1));
        Assert.InRange(rates.Count(rate => rate < 0.1), 450, 550);
    }

    [Fact]
    public void ASeedGivesTheSameWeightsAndAnotherOneOthers()
    {
        ReservoirWeights one = Reservoir.Create(Small, 2, 1).Weights, again = Reservoir.Create(Small, 2, 1).Weights, other = Reservoir.Create(Small with { Seed = 6 }, 2, 1).Weights;
        Assert.Equal(one.Recurrent.Values, again.Recurrent.Values);
        Assert.Equal(one.Input.Values, again.Input.Values);
        Assert.Equal(one.Bias, again.Bias);
        Assert.False(one.Recurrent.Values.SequenceEqual(other.Recurrent.Values));
        Assert.False(one.Input.Values.SequenceEqual(other.Input.Values));
        Assert.False(one.Recurrent.ColumnIndices.SequenceEqual(other.Recurrent.ColumnIndices));

        // One option changes one kind.
        Assert.Equal(one.Recurrent.Values, Reservoir.Create(Small with { InputScaling = 2, BiasScaling = 1 }, 3, 2).Weights.Recurrent.Values);
    }

    [Fact]
    public void WeightsHave21Bits()
    {
        ReservoirWeights weights = Reservoir.Create(Small with { Proximity = 0.3 }, 2, 1).Weights;
        Assert.All((double[])[.. weights.Recurrent.Values, .. weights.Input.Values, .. weights.Feedback.Values, .. weights.Bias, .. weights.Rotation!.Values], w => Assert.True((float)w == w && UpperHalf.Holds(w)));
    }

    [Theory]
    [InlineData(RotationKind.Orthogonal)]
    [InlineData(RotationKind.Cycle)]
    public void AnEdgeOfStabilityReservoirKeepsTheLengthOfItsState(RotationKind rotation)
    {
        Reservoir reservoir = Reservoir.Create(Small with { Proximity = 1e-6, Rotation = rotation, BiasScaling = 0, InputScaling = 0 });
        using SequenceSession session = reservoir.CreateSession();
        double[] state = new double[100], features = new double[100];
        (state[3], state[70]) = (0.6, -0.8);
        session.State = state;
        for (int t = 0; t < 20; t++) session.Step([0], [], features);
        Assert.Equal(1, Math.Sqrt(features.Sum(x => x * x)), 1e-4);
        Assert.NotEqual(state, features);
    }

    private static SparseMatrix Recurrent(ReservoirOptions options) => Reservoir.Create(options).Weights.Recurrent;
}
