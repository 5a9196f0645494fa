using Graft.Activations;
using Graft.Kernels;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Training with activations and their gradients as bfloat16.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class NarrowTrainingTests(ITestOutputHelper output)
{
    private static readonly TrainingOptions Narrow = new() { Batch = 11, Precision = TrainingPrecision.BFloat16, InputGradient = true };

    // Functions without kinks: a number that is rounded across one changes a whole gradient.
    private static readonly Network Mobile = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 64 }).WithHead(5).Smooth());
    private static readonly Network Residual = TestNetworks.WithTestWeights(ResNet.Trunk(18, new TrunkOptions { Width = 0.25, Resolution = 64 }).WithHead(5).Smooth());

    // One block: a 1x1 convolution, a depthwise one, another 1x1 one and a sum; odd numbers of channels and pixels.
    private static readonly Network Block = TestNetworks.WithTestWeights(OneBlock().Smooth());

    public static TheoryData<string> Networks() => ["block", "residual", "mobile"];

    private static Network Of(string name) => name switch
    {
        "block" => Block,
        "mobile" => Mobile,
        _ => Residual,
    };

    private static Graph OneBlock()
    {
        GraphBuilder builder = new("block");
        string stem = builder.Add("stem", new Conv2d(21, 3) { Stride = 2 }, builder.Input("image", 30, 26, 3));
        stem = builder.Add("stem.act", new Activation(ActivationFunction.Relu6), builder.Add("stem.norm", new BatchNorm(), stem));
        string x = builder.Add("expand.act", new Activation(ActivationFunction.Relu6), builder.Add("expand.norm", new BatchNorm(), builder.Add("expand", new Conv2d(70, 1), stem)));
        x = builder.Add("depthwise.act", new Activation(ActivationFunction.Relu6), builder.Add("depthwise.norm", new BatchNorm(), builder.Add("depthwise", Conv2d.Depthwise(70, 3) with { Padding = Padding.Symmetric(1) }, x)));
        x = builder.Add("project.norm", new BatchNorm(), builder.Add("project", new Conv2d(21, 1) { HasBias = true }, x));
        builder.Output("y", builder.Add("head", new Dense(5), builder.Add("pooled", new GlobalAveragePool(), builder.Add("sum", new Add(), x, stem))));
        return builder.Build();
    }

    // Eight bits are 0.2 % of a number. Deeper networks multiply that: of 53 layers with weights like these a twentieth of the outputs is left.
    [Theory]
    [InlineData("block", 0.004, 0.03)]
    [InlineData("residual", 0.04, 0.1)]
    [InlineData("mobile", 0.12, 0.35)]
    public void GradientsAreNearlyThoseOfFloat32(string name, double outputs, double gradients)
    {
        using TrainingPlan narrow = TrainingPlan.Compile(Of(name), Narrow).Run(Narrow, 11);
        TrainingOptions wide = Narrow with { Precision = TrainingPrecision.Float32 };
        using TrainingPlan exact = TrainingPlan.Compile(Of(name), wide).Run(wide, 11);
        double worst = 0;
        foreach ((TrainedWeight mine, TrainedWeight theirs) in narrow.Weights.Zip(exact.Weights))
        {
            // A shift that a norm behind it takes away again has no gradient.
            if (theirs.Gradient.Span.ToArray().Max(Math.Abs) < 1e-3 * exact.Weights.Max(weight => weight.Gradient.Span.ToArray().Max(Math.Abs))) continue;
            double error = Distance(mine.Gradient.Span, theirs.Gradient.Span);
            worst = Math.Max(worst, error);
            output.WriteLine($"{mine.Name}: {error:0.0e0}");
        }

        Assert.InRange(worst, 1e-4, gradients);
        Assert.InRange(Distance(narrow.Output().Span, exact.Output().Span), 1e-5, outputs);
        Assert.InRange(Distance(narrow.InputGradient().Span, exact.InputGradient().Span), 1e-4, gradients);
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void TheSameCallGivesTheSameBitsOnAnyNumberOfThreadsAndWithRecomputation(string name)
    {
        float[][] first = Bits(Narrow with { Threads = 1 });
        foreach (TrainingOptions options in (TrainingOptions[])[Narrow with { Threads = 2 }, Narrow with { Threads = 3 }, Narrow with { Threads = 2, Recompute = true }])
            foreach ((float[] expected, float[] actual) in first.Zip(Bits(options))) Assert.True(expected.AsSpan().SequenceEqual(actual), $"{options}");

        float[][] Bits(TrainingOptions options)
        {
            using TrainingPlan plan = TrainingPlan.Compile(Of(name), options).Run(options, 11, seed: 1, step: 2);
            return [plan.Output().Span.ToArray(), .. plan.Weights.Select(w => w.Gradient.Span.ToArray()), .. plan.Buffers.Values.Select(b => b.Span.ToArray())];
        }
    }

    [Fact]
    public void WhatLiesBetweenConvolutionsIsKeptAsBFloat16AndFeaturesAsFloat32()
    {
        using TrainingPlan plan = TrainingPlan.Compile(Mobile, Narrow);
        foreach (TrainingStep step in plan.Steps)
            Assert.Equal((step.Output.Pixels > 1 ? ElementType.BFloat16 : ElementType.Float32, step.Output.Nodes[0]), (step.Output.Type, step.Output.Nodes[0]));
        using TrainingPlan wide = TrainingPlan.Compile(Mobile, Narrow with { Precision = TrainingPrecision.Float32 });
        foreach (TrainingStep step in wide.Steps) Assert.Equal(ElementType.Float32, step.Output.Type);
    }

    // A norm with a step of its own reads and writes float32; what is around it, too.
    [Fact]
    public void WhatAStepCannotReadStaysFloat32()
    {
        Network grouped = Mobile.ReplaceNormalization(channels => new GroupNorm(channels % 8 == 0 ? 8 : 1)).Network;
        TrainingOptions wide = Narrow with { Precision = TrainingPrecision.Float32 };
        using TrainingPlan narrow = TrainingPlan.Compile(grouped, Narrow).Run(Narrow, 11);
        using TrainingPlan exact = TrainingPlan.Compile(grouped, wide).Run(wide, 11);
        Assert.InRange(Distance(narrow.Output().Span, exact.Output().Span), 1e-6, 0.15);
    }

    [Fact]
    public void ItTakesAboutHalfTheMemory()
    {
        Network network = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 1, Resolution = 128 }).WithHead(5));
        TrainingOptions options = new() { Batch = 16, Threads = 1, LeastJoinedBytes = long.MaxValue };
        using TrainingPlan wide = TrainingPlan.Compile(network, options), narrow = TrainingPlan.Compile(network, options with { Precision = TrainingPrecision.BFloat16 });
        Assert.InRange((double)narrow.ActivationBytes / wide.ActivationBytes, 0.45, 0.6);
    }

    [Fact]
    public void ANumberThatIsNotFiniteIsFound()
    {
        using TrainingPlan plan = TrainingPlan.Compile(Mobile, Narrow).Run(Narrow, 11);
        Assert.Null(plan.FirstNonFinite());
        plan.Weights.Single(weight => weight.Name == "blocks.1.0.conv_pw.weight").Value.Span[3] = float.PositiveInfinity;
        plan.WeightsChanged();
        plan.Forward(11);
        Assert.Equal("blocks.1.0.conv_pw", plan.FirstNonFinite());
    }

    private static double Distance(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        double difference = 0, size = 0;
        for (int i = 0; i < expected.Length; i++) (difference, size) = (difference + Math.Pow((double)actual[i] - expected[i], 2), size + Math.Pow(expected[i], 2));
        return Math.Sqrt(difference / size);
    }
}
