using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Normalizations among other layers, in training and inference plans, against the references and finite differences, and what must hold between them.</summary>
public class NormTrainingTests
{
    private static readonly Activation Silu = new(ActivationFunction.Silu), Relu6 = new(ActivationFunction.Relu6);

    public static TheoryData<string> Names() => [.. TestNorms.All.Keys];

    public static TheoryData<string> NamesOfThoseThatMixNoImages() => [.. TestNorms.All.Where(norm => !TestNorms.MixesImages(norm.Value)).Select(norm => norm.Key)];

    /// <summary>Behind a batch norm and an activation that the reader applies, before an activation, a batch norm and a second reader.</summary>
    [Theory]
    [Trait(Suites.Name, Suites.Kernels)]
    [MemberData(nameof(Names))]
    public void APlanEqualsTheReference(string name)
    {
        Network network = TestNetworks.WithTestWeights(Between(TestNorms.All[name]));
        foreach ((int batch, bool batchStatistics) in ((int, bool)[])[(3, true), (3, false), (9, true), (19, true)])
            AssertEqualsReference(network, Options(network.Graph, batch) with { BatchStatistics = batchStatistics, Recompute = batch == 9 }, batch, 1e-4, $"{batch}, batch statistics {batchStatistics}: ");
    }

    /// <summary>Few large images are cut into pieces.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void APlanOfFewLargeImagesEqualsTheReference(string name)
    {
        GraphBuilder builder = new("large");
        builder.Output("y", builder.AddNorm("norm", TestNorms.All[name], builder.Input("x", 33, 19, 44)));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        foreach (int batch in (int[])[1, 3]) AssertEqualsReference(network, Options(network.Graph, batch), batch, 1e-5, $"{batch}: ");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnInferencePlanEqualsTheReferenceWhateverTheThreads(string name)
    {
        GraphBuilder builder = new("inference");
        string value = builder.AddNorm("norm", TestNorms.All[name], builder.Add("conv", new Conv2d(44, 1), builder.Input("x", 33, 19, 3)));
        builder.Output("y", builder.Add("act", Relu6, value));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        Tensor images = Images(network.Graph, 3);
        float[] expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["x"] = images })["y"].Span.ToArray(), first = [];
        foreach (int threads in (int[])[1, 2, 5])
        {
            using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads }).CreateSession();
            float[] y = new float[expected.Length], alone = new float[expected.Length / 3];
            session.Run(images.Span, 3, y);
            session.Run(images.Span[..(images.Span.Length / 3)], 1, alone);
            AssertClose(expected, y, 1e-5, $"{threads} threads");
            if (first.Length == 0) first = y;
            Assert.Equal(first, y);
            Assert.Equal(first[..alone.Length], alone);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyNumberOfThreadsGivesTheSameBits(string name)
    {
        Network network = TestNetworks.WithTestWeights(Between(TestNorms.All[name]));
        foreach (int batch in (int[])[1, 5, 17])
        {
            float[][][] results = [.. new[] { 1, 2, 3 }.Select(threads =>
            {
                TrainingOptions options = Options(network.Graph, batch) with { Threads = threads };
                using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, batch);
                return (float[][])[plan.Output().Span.ToArray(), plan.InputGradient().Span.ToArray(), .. plan.Weights.Select(weight => weight.Gradient.Span.ToArray()), .. plan.Buffers.Values.Select(buffer => buffer.Span.ToArray())];
            })];
            Assert.Equal(results[0], results[1]);
            Assert.Equal(results[0], results[2]);
        }
    }

    /// <summary>The slope along a random direction through all weights and the input at once.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsAreThoseOfFiniteDifferences(string name)
    {
        const int Count = 3;
        GraphBuilder builder = new("slopes");
        builder.Output("y", builder.AddNorm("norm", TestNorms.All[name] is FilterResponseNorm norm ? norm with { HasThreshold = false } : TestNorms.All[name], builder.Input("x", 4, 3, 8)));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        TrainingOptions options = Options(network.Graph, Count);
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, Count);
        float[] dy = OutputGradients(network.Graph, options, Count)["y"], x = plan.Input().Span.ToArray();
        (Tensor Value, float[] Start, float[] Gradient)[] moved =
        [
            (plan.Input(), x, plan.InputGradient().Span.ToArray()), .. plan.Weights.Select(weight => (weight.Value, weight.Value.Span.ToArray(), weight.Gradient.Span.ToArray())),
        ];
        for (uint i = 0; i < moved.Length; i++)
        {
            float[] direction = Uniform(moved[i].Start.Length, 50 + i);
            double slope = ((8 * (Loss(0.01f) - Loss(-0.01f))) - (Loss(0.02f) - Loss(-0.02f))) / 0.12;
            double expected = direction.Zip(moved[i].Gradient, (a, b) => (double)a * b).Sum(), scale = TestNumbers.Norm(direction) * TestNumbers.Norm(moved[i].Gradient);
            Loss(0);
            Assert.True(scale > 0, $"the gradient of array {i} is zero");
            Assert.True(Math.Abs(slope - expected) <= (1e-3 * scale) + 1e-3, $"array {i}: {expected}, not {slope}");

            double Loss(float distance)
            {
                for (int j = 0; j < direction.Length; j++) moved[i].Value.Span[j] = moved[i].Start[j] + (distance * direction[j]);
                plan.WeightsChanged();
                plan.Forward(Count);
                return plan.Output().Span.ToArray().Zip(dy, (a, b) => (double)a * b).Sum();
            }
        }
    }

    [Theory]
    [MemberData(nameof(NamesOfThoseThatMixNoImages))]
    public void AImageAloneGivesWhatItGivesAmongOthers(string name)
    {
        Operation operation = TestNorms.All[name];
        GraphBuilder builder = new("alone");
        builder.Output("y", builder.AddNorm("norm", operation, builder.Input("x", 6, 5, 20)));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        TrainingOptions options = Options(network.Graph, 12);
        using TrainingPlan plan = TrainingPlan.Compile(network, options), other = TrainingPlan.Compile(network, options);
        int floats = plan.Input().Span.Length / 12;
        plan.Run(options, 12);
        Images(network.Graph, 12).Span.CopyTo(other.Input().Span);
        foreach (ref float value in other.Input().Span[floats..]) value = (5 * value) - 3;
        other.Forward(12);
        OutputGradients(network.Graph, options, 12)["y"].CopyTo(other.OutputGradient().Span);
        foreach (ref float value in other.OutputGradient().Span[floats..]) value = 2;
        other.Backward();
        Assert.Equal(plan.Output().Span[..floats].ToArray(), other.Output().Span[..floats].ToArray());
        Assert.Equal(plan.InputGradient().Span[..floats].ToArray(), other.InputGradient().Span[..floats].ToArray());
        Assert.NotEqual(plan.Output().Span[floats..].ToArray(), other.Output().Span[floats..].ToArray());
    }

    [Fact]
    public void AsManyGroupsAsChannelsAreInstanceNormAndOneIsLayerNormOfTheImage()
    {
        foreach ((Operation group, Operation same) in ((Operation, Operation)[])[(new GroupNorm(12), new InstanceNorm()), (new GroupNorm(1), new LayerNorm { Axes = LayerNormAxes.Image })])
        {
            float[][][] results = [.. new[] { group, same }.Select(operation =>
            {
                GraphBuilder builder = new("same");
                builder.Output("y", builder.Add("norm", operation, builder.Input("x", 6, 5, 12)));
                Network network = TestNetworks.WithTestWeights(builder.Build());
                TrainingOptions options = Options(network.Graph, 3);
                using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 3);
                return (float[][])[plan.Output().Span.ToArray(), plan.InputGradient().Span.ToArray(), .. plan.Weights.Select(weight => weight.Gradient.Span.ToArray())];
            })];
            Assert.Equal(4, results[0].Length);
            Assert.Equal(results[0], results[1]);
        }
    }

    /// <summary>Where nothing of a normalization is trained, what it kept for inference serves, and stays.</summary>
    [Theory]
    [InlineData("instance, tracking")]
    [InlineData("instance-batch")]
    [InlineData("switchable")]
    public void AFrozenNormKeepsItsStatistics(string name)
    {
        Network network = TestNetworks.WithTestWeights(Between(TestNorms.All[name]));
        TrainingOptions options = Options(network.Graph, 3) with { Trainable = weight => !weight.StartsWith("norm", StringComparison.Ordinal) };
        AssertEqualsReference(network, options, 3, 1e-4);
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 3);
        foreach ((string buffer, Tensor value) in plan.Buffers.Where(buffer => buffer.Key.StartsWith("norm", StringComparison.Ordinal))) Assert.Equal(network.Weights[buffer].Span.ToArray(), value.Span.ToArray());
    }

    [Fact]
    public void ThePlansMomentumMovesRunningStatisticsInPlaceOfTheNormsOwn()
    {
        GraphBuilder builder = new("momentum");
        builder.Output("y", builder.Add("norm", new IbnNorm(), builder.Input("x", 6, 5, 4)));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        using TrainingPlan plan = TrainingPlan.Compile(network, Options(network.Graph, 2));
        Images(network.Graph, 2).Span.CopyTo(plan.Input().Span);
        plan.StatisticsMomentum = 0;
        plan.Forward(2);
        Assert.Equal(network.Weights["norm.BN.running_mean"].Span.ToArray(), plan.Buffers["norm.BN.running_mean"].Span.ToArray());
        plan.StatisticsMomentum = 1;
        plan.Forward(2);
        for (int c = 0; c < 2; c++)
        {
            double mean = Enumerable.Range(0, 60).Average(pixel => (double)plan.Input().Span[(pixel * 4) + 2 + c]);
            Assert.Equal(mean, plan.Buffers["norm.BN.running_mean"].Span[c], 1e-6);
        }
    }

    /// <summary>Around a large mean, float32 sums of squares would leave nothing of the variance.</summary>
    [Theory]
    [Trait(Suites.Name, Suites.Kernels)]
    [MemberData(nameof(Names))]
    public void ValuesFarFromZeroEqualTheReference(string name)
    {
        GraphBuilder builder = new("far");
        builder.Output("y", builder.AddNorm("norm", TestNorms.All[name], builder.Input("x", 9, 11, 16)));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        Tensor images = UniformTensor([2, 9, 11, 16], 7, 1, 1000);

        // The pixel that sums are taken about lies far from the others.
        for (int n = 0; n < 2; n++) images.Span.Slice(((n * 99) + 49) * 16, 16).Fill(900);
        TrainingOptions options = Options(network.Graph, 2);
        ReferenceTraining expected = new(network, images, options);
        using TrainingPlan plan = TrainingPlan.Compile(network, options);
        images.Span.CopyTo(plan.Input().Span);
        plan.Forward(2);
        AssertNear(expected.Output("y"), plan.Output().Span, 2e-5, name);
    }

    private static TrainingOptions Options(Graph graph, int batch) => new() { Batch = batch, Threads = 2, InputGradient = true, Outputs = [.. graph.Outputs.Select(output => output.Name)] };

    private static Graph Between(Operation operation)
    {
        GraphBuilder builder = new("between");
        string before = builder.Add("first.act", Relu6, builder.Add("first.norm", new BatchNorm { Epsilon = 1e-2f }, builder.Add("first", new Conv2d(20, 1), builder.Input("x", 5, 7, 3))));
        string normalized = builder.AddNorm("norm", operation, before), clamped = builder.Add("norm.act", new Activation(ActivationFunction.HardSwish), normalized);
        string second = builder.Add("second", new Conv2d(20, 1), clamped);
        string again = builder.Add("again.norm", new BatchNorm { Epsilon = 1e-2f }, builder.AddNorm("norm2", operation, second));
        builder.Output("y", builder.Add("last", Silu, builder.Add("add", new Add(), again, before)));
        return builder.Build();
    }
}
