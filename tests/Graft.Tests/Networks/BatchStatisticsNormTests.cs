using Graft.Formats;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;

namespace Graft.Tests.Networks;

public class BatchStatisticsNormTests
{
    public static TheoryData<Operation, string> Written => new()
    {
        { new BatchNorm { Epsilon = 0.001f, Momentum = 0.25f }, """{"op":"batch_norm","epsilon":0.001,"momentum":0.25}""" },
        { new BatchNorm { IsAffine = false, Statistics = RunningStatistics.None, Momentum = 0.5f, Epsilon = 0.5f }, """{"op":"batch_norm","epsilon":0.5,"momentum":0.5,"affine":false,"statistics":"none"}""" },
        { new BatchNorm { Statistics = RunningStatistics.Cumulative, Momentum = 0.5f, Epsilon = 0.5f }, """{"op":"batch_norm","epsilon":0.5,"momentum":0.5,"statistics":"cumulative"}""" },
        { new SyncBatchNorm { Statistics = RunningStatistics.Cumulative, Momentum = 0.5f, Epsilon = 0.5f }, """{"op":"sync_batch_norm","epsilon":0.5,"momentum":0.5,"statistics":"cumulative"}""" },
        { new GhostBatchNorm(6) { IsAffine = false, Momentum = 0.5f, Epsilon = 0.5f }, """{"op":"ghost_batch_norm","epsilon":0.5,"momentum":0.5,"affine":false,"size":6}""" },
        {
            new BatchRenorm { Momentum = 0.5f, Epsilon = 0.5f, MaximumScale = 2, MaximumShift = 1.5f, Start = 1, ScaleEnd = 2, ShiftEnd = 3 },
            """{"op":"batch_renorm","epsilon":0.5,"momentum":0.5,"maximum_scale":2,"maximum_shift":1.5,"start":1,"scale_end":2,"shift_end":3}"""
        },
        { new Conv2d(4, 3) { StandardizeWeight = true, StandardizationEpsilon = 0.25f }, """{"op":"conv2d","outputs":4,"kernel":3,"standardize":0.25}""" },
    };

    [Theory]
    [MemberData(nameof(Written), DisableDiscoveryEnumeration = true)]
    public void FilesKeepThem(Operation operation, string json)
    {
        Graph graph = new("test", [new NetworkInput("x", 4, 4, 4)], [new Node("layer", operation, ["x"])], [new NetworkOutput("y", "layer")]);
        Assert.Contains(json[1..], GraphJson.Write(graph), StringComparison.Ordinal);
        MemoryStream stream = new();
        ModelFile.Save(new Model(Network.Random(graph, 1)), stream);
        stream.Position = 0;
        Model back = ModelFile.Load(stream, "x");
        Assert.Equal(operation, back.Network.Graph.Nodes[0].Operation);
        Assert.Equal(graph.Parameters.Keys, back.Network.Weights.Keys.OrderBy(name => graph.Parameters.Keys.ToList().IndexOf(name)));
    }

    [Fact]
    public void TheyOwnWhatTheyNeed()
    {
        Assert.Equal(["weight", "bias", "running_mean", "running_var"], Owned(new BatchNorm()));
        Assert.Equal(["running_mean", "running_var"], Owned(new GhostBatchNorm(2) { IsAffine = false }));
        Assert.Equal(["weight", "bias", "running_mean", "running_var", "num_batches_tracked"], Owned(new SyncBatchNorm { Statistics = RunningStatistics.Cumulative }));
        Assert.Equal([], Owned(new BatchNorm { IsAffine = false, Statistics = RunningStatistics.None }));

        static IEnumerable<string> Owned(Operation operation) => operation.Parameters([[1, 2, 2, 3]]).Select(parameter => parameter.Name);
    }

    [Fact]
    public void TheLimitsOfRenormRiseInStraightLines()
    {
        BatchRenorm paper = new();
        Assert.Equal((1, 0), paper.LimitsAt(0));
        Assert.Equal((1, 0), paper.LimitsAt(5_000));
        Assert.Equal((1 + (2 * (20_000.0 / 35_000)), 5), paper.LimitsAt(25_000));
        Assert.Equal((3, 5), paper.LimitsAt(40_000));
        Assert.Equal((3, 5), paper.LimitsAt(1_000_000));
        BatchRenorm jump = new() { Start = 10, ScaleEnd = 0, ShiftEnd = 10 };
        Assert.Equal((1, 0), jump.LimitsAt(9));
        Assert.Equal((3, 5), jump.LimitsAt(10));
    }

    [Fact]
    public void WhatMakesNoSenseIsRefused()
    {
        Refused(() => new BatchNorm { Epsilon = 0 }, "Epsilon must be positive and finite, not 0.");
        Refused(() => new BatchNorm { Momentum = 1 }, "Momentum must be in [0, 1), not 1.");
        Refused(() => new GhostBatchNorm(0), "Size must be positive, not 0.");
        Refused(() => new GhostBatchNorm(2) { Statistics = RunningStatistics.None }, "A ghost batch norm of 2 keeps an average of its statistics, not None.");
        Refused(() => new BatchRenorm { Statistics = RunningStatistics.Cumulative }, "A batch renorm keeps an average of its statistics, not Cumulative.");
        Refused(() => new BatchNorm { Statistics = (RunningStatistics)7 }, "A batch norm keeps an average, a cumulative average or nothing, not 7.");
        Refused(() => new BatchRenorm { MaximumScale = 0.5f }, "The limit of r must be at least 1 and finite, not 0.5.");
        Refused(() => new BatchRenorm { MaximumShift = -1 }, "The limit of d must be finite and not negative, not -1.");
        Refused(() => new BatchRenorm { Start = -1 }, "Start must not be negative; it is -1.");
        Refused(() => new Conv2d(1, 1) { StandardizationEpsilon = 0 }, "The epsilon of weight standardization must be positive and finite, not 0.");
        Refused(() => new InProcessAllReduce(0), "The number of ranks must be positive.");

        static void Refused(Func<object> make, string message) => Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(make).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RanksAddUpInTheirOrder()
    {
        using InProcessAllReduce reduce = new(3);
        float[][] values = [[1, 2], [1e8f, 3], [-1e8f, 4]];
        double[][] doubles = [[1], [2], [4]];
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(rank => new Thread(() =>
        {
            reduce.Ranks[rank].Sum(values[rank]);
            reduce.Ranks[rank].Sum(doubles[rank]);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        foreach (float[] rank in values) Assert.Equal([1, 9], rank);
        foreach (double[] rank in doubles) Assert.Equal([7], rank);
    }

    [Fact]
    public void ARankThatIsLeftAloneSaysSoAndOneWithOtherNumbersToo()
    {
        using InProcessAllReduce alone = new(2, TimeSpan.FromMilliseconds(100));
        Assert.Equal(
            "In an all-reduce every rank takes part: rank 1 of 2 waited 0.1 seconds for the others. Look for what stopped them.",
            Assert.Throws<TrainingException>(() => alone.Ranks[1].Sum(new float[1])).Message);
        Assert.Equal(2, alone.Ranks[0].Ranks);

        using InProcessAllReduce uneven = new(2);
        Exception?[] thrown = new Exception?[2];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(rank => new Thread(() => thrown[rank] = Record.Exception(() => uneven.Ranks[rank].Sum(new double[1 + rank]))))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(thrown, exception => Assert.Equal("In an all-reduce every rank gives as many numbers: they gave 1, 2. Train the same network on all of them.", Assert.IsType<TrainingException>(exception).Message));
    }
}
