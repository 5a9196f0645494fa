using Graft.Activations;
using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Steps that do the work of two, so that the wide value between them is not stored: a 1x1 convolution and the depthwise one behind it.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class JoinedTrainingTests
{
    private static readonly TrainingOptions Joined = new() { Batch = 5, InputGradient = true, LeastJoinedBytes = 0 }, Apart = Joined with { LeastJoinedBytes = long.MaxValue };

    // Two blocks, the second with a sum, of 8 and 24 channels of 48; odd sides.
    private static Graph Blocks(int stride, Operation norm, Operation activation)
    {
        GraphBuilder builder = new("blocks");
        string x = builder.Add("stem.norm", new BatchNorm(), builder.Add("stem", new Conv2d(8, 3) { Padding = Padding.Symmetric(1) }, builder.Input("image", 13, 11, 3)));
        string narrow = Block("first", x, 24);
        builder.Output("y", builder.Add("head", new Dense(3), builder.Add("pooled", new GlobalAveragePool(), builder.Add("sum", new Add(), Block("second", narrow, 24, 1), narrow))));
        return builder.Build();

        string Block(string name, string value, int outputs, int? step = null)
        {
            string wide = builder.Add($"{name}.expand.act", activation, builder.Add($"{name}.expand.norm", norm, builder.Add($"{name}.expand", new Conv2d(48, 1), value)));
            Conv2d spatial = Conv2d.Depthwise(48, 3) with { Stride = step ?? stride, Padding = Padding.Symmetric(1) };
            string middle = builder.Add($"{name}.spatial.act", activation, builder.Add($"{name}.spatial.norm", norm, builder.Add($"{name}.spatial", spatial, wide)));
            return builder.Add($"{name}.project.norm", new BatchNorm(), builder.Add($"{name}.project", new Conv2d(outputs, 1), middle));
        }
    }

    private static Network Network(int stride = 2, Operation? norm = null, ActivationFunction? activation = null) =>
        TestNetworks.WithTestWeights(Blocks(stride, norm ?? new BatchNorm(), new Activation(activation ?? ActivationFunction.Relu6)));

    private static int JoinsOf(Network network, TrainingOptions options)
    {
        using TrainingPlan plan = TrainingPlan.Compile(network, options);
        int joined = 0;
        foreach (TrainingStep step in plan.Steps) joined += step.Inside is null ? 0 : 1;
        return joined;
    }

    public static TheoryData<int, string, bool> Cases() => [.. from stride in (int[])[1, 2] from norm in (string[])["batch", "renorm", "plain"] from statistics in (bool[])[true, false] select (stride, norm, statistics)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheyGiveWhatTheReferencesGive(int stride, string norm, bool statistics)
    {
        Operation operation = norm switch { "batch" => new BatchNorm(), "renorm" => new BatchRenorm(), _ => new BatchNorm { IsAffine = false } };
        Network network = Network(stride, operation);
        TrainingOptions options = Joined with { BatchStatistics = statistics };
        Assert.Equal(DepthwiseBackwardKernel.IsFast ? 2 : 0, JoinsOf(network, options));
        AssertEqualsReference(network, options, 5, 2e-5);
        AssertEqualsReference(network, options, 3, 2e-5);
    }

    [Theory]
    [InlineData("first.expand.weight")]
    [InlineData("stem.weight first.expand.weight second.expand.weight")]
    [InlineData("first.spatial.weight second.expand.weight second.spatial.weight")]
    [InlineData("first.expand.norm.weight first.expand.norm.bias")]
    public void WeightsThatAreNotTrainedStay(string frozen)
    {
        string[] names = frozen.Split(' ');
        AssertEqualsReference(Network(), Joined with { Trainable = name => !names.Contains(name) }, 5);
    }

    [Fact]
    public void WithoutActivationTheyAreExactToRounding() => AssertEqualsReference(Network(activation: ActivationFunction.Identity), Joined, 5, 1e-5);

    [Theory]
    [InlineData(TrainingPrecision.Float32)]
    [InlineData(TrainingPrecision.BFloat16)]
    public void TheSameCallGivesTheSameBitsOnAnyNumberOfThreadsAndWithRecomputation(TrainingPrecision precision)
    {
        float[][] first = Bits(1, false);
        foreach ((int threads, bool recompute) in ((int, bool)[])[(2, false), (3, false), (2, true)])
            foreach ((float[] expected, float[] actual) in first.Zip(Bits(threads, recompute))) Assert.True(expected.AsSpan().SequenceEqual(actual), $"{threads} {recompute}");

        float[][] Bits(int threads, bool recompute)
        {
            TrainingOptions options = Joined with { Threads = threads, Recompute = recompute, Precision = precision };
            using TrainingPlan plan = TrainingPlan.Compile(Network(norm: new BatchRenorm()), options).Run(options, 5, 1, 2).Run(options, 4, 1, 3);
            return [plan.Output().Span.ToArray(), plan.InputGradient().Span.ToArray(), .. plan.Weights.Select(w => w.Gradient.Span.ToArray()), .. plan.Buffers.Values.Select(b => b.Span.ToArray())];
        }
    }

    [Fact]
    public void InBFloat16TheyAreAsFarFromFloat32AsApart()
    {
        Network network = Network(activation: ActivationFunction.Identity);
        using TrainingPlan exact = TrainingPlan.Compile(network, Apart).Run(Apart, 5);
        (double joined, double apart) = (Distance(Joined), Distance(Apart));
        Assert.InRange(joined, 1e-4, 1.5 * apart);

        double Distance(TrainingOptions options)
        {
            TrainingOptions narrow = options with { Precision = TrainingPrecision.BFloat16 };
            using TrainingPlan plan = TrainingPlan.Compile(network, narrow).Run(narrow, 5);
            double difference = 0, size = 0;
            foreach ((TrainedWeight mine, TrainedWeight theirs) in plan.Weights.Zip(exact.Weights))
                for (int i = 0; i < mine.Gradient.Span.Length; i++) (difference, size) = (difference + Math.Pow((double)mine.Gradient.Span[i] - theirs.Gradient.Span[i], 2), size + Math.Pow(theirs.Gradient.Span[i], 2));
            return Math.Sqrt(difference / size);
        }
    }

    // What they need of all rows is that of one set of statistics, of this rank alone; and an activation that is no more than bounds.
    [Fact]
    public void WhatCannotBeJoinedIsNot()
    {
        Assert.Equal(0, JoinsOf(Network(), Apart));
        Assert.Equal(0, JoinsOf(Network(), new TrainingOptions { Batch = 5 }));
        Assert.Equal(0, JoinsOf(Network(norm: new GhostBatchNorm(2)), Joined));
        Assert.Equal(0, JoinsOf(Network(norm: new GroupNorm(4)), Joined));
        Assert.Equal(0, JoinsOf(Network(activation: ActivationFunction.Silu), Joined));
        Assert.Equal(0, JoinsOf(Network(norm: new SyncBatchNorm()), Joined with { AllReduce = new Alone() }));
        AssertEqualsReference(Network(norm: new GhostBatchNorm(2)), Joined with { Batch = 4 }, 4);
    }

    [Fact]
    public void LessMemoryIsNeeded()
    {
        Network network = Network().WithInputSize(96, 96);
        using TrainingPlan joined = TrainingPlan.Compile(network, Joined), apart = TrainingPlan.Compile(network, Apart);
        Assert.InRange((double)joined.ActivationBytes / apart.ActivationBytes, 0.2, DepthwiseBackwardKernel.IsFast ? 0.75 : 1);
    }

    [Fact]
    public void ANumberThatIsNotFiniteIsFoundWhereItIs()
    {
        using TrainingPlan plan = TrainingPlan.Compile(Network(), Joined).Run(Joined, 5);
        Assert.Null(plan.FirstNonFinite());
        plan.Weights.Single(weight => weight.Name == "first.expand.weight").Value.Span[3] = float.PositiveInfinity;
        plan.WeightsChanged();
        plan.Forward(5);
        Assert.Equal(DepthwiseBackwardKernel.IsFast ? "first.expand.norm" : "first.expand", plan.FirstNonFinite());
    }

    private sealed class Alone : IAllReduce
    {
        public int Ranks => 1;

        public void Sum(Span<double> values)
        {
        }

        public void Sum(Span<float> values)
        {
        }
    }
}
