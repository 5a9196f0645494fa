using System.Reflection;
using Graft.Activations;
using Graft.Formats;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Operations;

/// <summary>Takes every subclass of <see cref="Operation"/> and demands all of it: a file that holds it, references whose backward is the forward's slope, and plans that equal them.</summary>
public class EveryOperationTests
{
    // One of each kind that differs in what is computed; every field is somewhere not at its default.
    private static readonly Operation[] Samples =
    [
        .. ActivationFunction.All.Select(function => new Activation(function)),
        new Add(),
        new Multiply(),
        new Concat(2),
        new Concat(17),
        new Conv2d(8, 3) { Stride = 2, Padding = new Padding(false, 1, 0, 1, 2), HasBias = true },
        new Conv2d(8, 3) { Groups = 2, Dilation = 2, StandardizeWeight = true, StandardizationEpsilon = 1e-3f, HasBias = true },
        Conv2d.Depthwise(8, 3) with { Padding = Padding.Same },
        Conv2d.Depthwise(8, 3) with { Dilation = 2, Padding = Padding.Symmetric(2) },
        Conv2d.Depthwise(8, 5) with { Dilation = 7, Stride = 2, Padding = Padding.Same },
        new Conv2d(8, 3) { Stride = 2, Padding = Padding.Same, HasBias = true, QuantizeWeight = true },
        new Conv2d(8, 3) { Groups = 2, QuantizeWeight = true },
        Conv2d.Depthwise(8, 3) with { Padding = Padding.Same, QuantizeWeight = true },
        new Dense(5),
        new Dense(5) { HasBias = false },
        new Dense(5) { QuantizeWeight = true },
        new FakeQuantize(1 / 64f, 100),
        new Dropout(0.25f),
        new GlobalAveragePool(),
        new Pool2d(PoolFunction.Max, 3) { Stride = 2, Padding = Padding.Symmetric(1) },
        new Pool2d(PoolFunction.Average, 2) { Padding = Padding.Same },
        new Resize(9, 4, ResizeMode.Bilinear),
        new Resize(2, 5, ResizeMode.Bilinear) { Stride = 2 },
        new Resize(10, 11, ResizeMode.Nearest) { Scale = (1.5f, 1.6f) },
        new Softmax(),
        new BatchNorm { Epsilon = 1e-3f, Momentum = 0.2f },
        new BatchNorm { IsAffine = false, Statistics = RunningStatistics.Cumulative },
        new BatchNorm { Statistics = RunningStatistics.None },
        new BatchRenorm { Start = 1, ScaleEnd = 2, ShiftEnd = 2, MaximumScale = 1.1f, MaximumShift = 0.2f },
        new GhostBatchNorm(2),
        new SyncBatchNorm(),
        new InstanceNorm { Epsilon = 1e-3f, IsAffine = false },
        new InstanceNorm { TracksStatistics = true, Momentum = 0.3f },
        new GroupNorm(2) { Epsilon = 1e-3f },
        new IbnNorm { InstanceChannels = 3, Momentum = 0.2f },
        new LayerNorm { IsAffine = false },
        new LayerNorm { Axes = LayerNormAxes.Image },
        new RmsNorm { Epsilon = 1e-3f },
        new LocalResponseNorm(3) { Alpha = 0.5f, Beta = 0.6f, K = 1.5f },
        new FilterResponseNorm { LearnsEpsilon = true },
        new FilterResponseNorm { HasThreshold = false },
        new AdaptiveInstanceNorm { Epsilon = 1e-3f },
        new SwitchableNorm { Momentum = 0.2f },
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Samples.Length)];

    [Fact]
    public void EverySubclassIsHere()
    {
        Type[] types = [.. typeof(Operation).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Operation)) && !type.IsAbstract)];
        Assert.True(types.Length >= 23);
        Assert.Equal(types.Select(type => type.Name).Order(), Samples.Select(sample => sample.GetType().Name).Distinct().Order());
        string[] names = [.. types.SelectMany(type => type.GetCustomAttributes<OperationNameAttribute>()).Select(attribute => attribute.Name), "scaled_sum"];
        Assert.Equal(names.Order(StringComparer.Ordinal), OperationRegistry.Names);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AFileHoldsIt(int index)
    {
        Network network = NetworkOf(Samples[index]);
        using MemoryStream file = new();
        ModelFile.Save(new Model(network), file);
        file.Position = 0;
        Network loaded = ModelFile.Load(file, "x").Network;
        Assert.Equal(network.Graph.Nodes, loaded.Graph.Nodes);
        Assert.Equal(network.Weights.Keys.Order(), loaded.Weights.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnInferencePlanEqualsTheReference(int index)
    {
        Network network = NetworkOf(Samples[index]);
        if (Samples[index] is BatchNorm { Statistics: RunningStatistics.None })
        {
            Assert.Equal(
                "Node 'it' (batch norm) has no running statistics and normalizes by those of its batch, and an inference plan looks at one image at a time. Give it running statistics, or compute the outputs with the forward of a training plan.",
                Assert.Throws<InferenceException>(() => InferencePlan.Compile(network)).Message);
            return;
        }

        Tensor images = Trainings.Images(network.Graph, 3);
        ReadOnlySpan<float> expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = images })["y"].Span;
        foreach (int threads in (int[])[1, 3])
        {
            using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads }).CreateSession();
            float[] output = new float[expected.Length];
            session.Run(images.Span, 3, output);
            AssertClose(expected, output, 2e-5, Samples[index].Label);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ATrainingPlanEqualsTheReference(int index)
    {
        Network network = NetworkOf(Samples[index]);
        Trainings.AssertEqualsReference(network, new TrainingOptions { Batch = 3, InputGradient = true }, 3, tolerance: 3e-5, what: $"{Samples[index].Label}: ");
        if (Samples[index].KeepsStatistics) Trainings.AssertEqualsReference(network, new TrainingOptions { Batch = 3, InputGradient = true, BatchStatistics = false }, 3, tolerance: 3e-5);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ThreadsChangeNoBit(int index)
    {
        Network network = NetworkOf(Samples[index]);
        TrainingOptions options = new() { Batch = 7, InputGradient = true };
        float[][] results = [.. new[] { 1, 2, 3, 5 }.Select(threads =>
        {
            using TrainingPlan plan = TrainingPlan.Compile(network, options with { Threads = threads }).Run(options, 7);
            return (float[])[.. plan.Output().Span, .. plan.InputGradient().Span, .. plan.Weights.SelectMany(weight => weight.Gradient.Span.ToArray()), .. plan.Buffers.Values.SelectMany(buffer => buffer.Span.ToArray())];
        })];
        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheBackwardIsTheSlopeOfTheForward(int index)
    {
        // Rounding has no slope: what is taken for it is in QuantizedOperationTests.
        if (Samples[index] is FakeQuantize or Conv2d { QuantizeWeight: true } or Dense { QuantizeWeight: true }) return;

        // In batch mode with statistics that do not move, so that every forward sees the same.
        Operation operation = Samples[index];
        Network network = NetworkOf(operation);
        Node node = network.Graph.Nodes.Single(node => node.Name == "it");
        Shape[] shapes = [.. Graph.InputShapes(node, network.Graph.Shapes).Select(shape => shape.With(0, 2))];
        Tensor[] inputs = [.. shapes.Select((shape, i) => UniformTensor(shape, 20 + (uint)i))];
        Dictionary<string, Tensor> weights = operation.Parameters([.. shapes.Select(shape => shape.With(0, 1))]).ToDictionary(p => p.Name, p => network.Weight(node, p.Name));
        float[] r = Uniform((int)operation.OutputShape(shapes).Count, 9);
        ReferenceNode reference = Run();
        reference.OutputGradient = new Tensor(reference.Output.Shape, r);
        reference.InputGradients = [.. shapes.Select(shape => new Tensor(shape))];
        operation.ReferenceBackward(reference);

        IEnumerable<(Tensor Value, Tensor Gradient)> all =
            [.. inputs.Zip(reference.InputGradients), .. reference.Gradients.Select(gradient => (weights[gradient.Key], gradient.Value))];
        foreach ((Tensor value, Tensor gradient) in all)
        {
            double largest = Math.Max(1e-3, gradient.Span.ToArray().Max(g => Math.Abs((double)g)));
            for (int i = 0; i < value.Span.Length; i += 1 + (value.Span.Length / 12))
            {
                double wide = Slope(value, i, 1 / 64f), narrow = Slope(value, i, 1 / 128f);

                // Where it has a kink within the step, both are something else.
                if (Math.Abs(wide - narrow) > 0.02 * largest) continue;
                Assert.Equal(narrow, gradient.Span[i], 0.02 * largest);
            }
        }

        // Every parameter has a gradient.
        Assert.Equal(operation.Parameters([.. shapes.Select(shape => shape.With(0, 1))]).Where(p => !p.IsBuffer).Select(p => p.Name).Order(), reference.Gradients.Keys.Order());

        double Slope(Tensor value, int i, float step)
        {
            float before = value.Span[i];
            value.Span[i] = before + step;
            double above = Loss();
            value.Span[i] = before - step;
            double below = Loss();
            value.Span[i] = before;
            return (above - below) / (2 * step);
        }

        double Loss()
        {
            ReadOnlySpan<float> y = Run().Y;
            double sum = 0;
            for (int i = 0; i < y.Length; i++) sum += (double)y[i] * r[i];
            return sum;
        }

        ReferenceNode Run()
        {
            Dictionary<string, Tensor> buffers = operation.Parameters([.. shapes.Select(shape => shape.With(0, 1))]).Where(p => p.IsBuffer).ToDictionary(p => p.Name, p => new Tensor(p.Shape, weights[p.Name].Span));
            ReferenceNode run = new()
            {
                Inputs = [.. inputs],
                Output = new Tensor(operation.OutputShape(shapes)),
                Weight = name => buffers.GetValueOrDefault(name) ?? weights[name],
                IsTraining = true,
                UsesBatch = operation.KeepsStatistics || operation.NeedsBatch,
                Number = 1,
            };
            operation.Reference(run);
            return run;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TwoInputsHaveTwoGradients(int index)
    {
        // A value that is taken twice is given both.
        if (Samples[index].Arity < 2) return;
        Trainings.AssertEqualsReference(NetworkOf(Samples[index], twice: true), new TrainingOptions { Batch = 3, InputGradient = true }, 3, tolerance: 3e-5);
    }

    /// <summary>The operation behind a convolution; what takes several values takes those of several.</summary>
    private static Network NetworkOf(Operation operation, bool twice = false)
    {
        GraphBuilder builder = new("one");
        string image = builder.Input("image", 9, 8, 3);
        string[] taken = [.. Enumerable.Range(0, operation.Arity).Select(i => twice && i > 0 ? "before0" : builder.Add($"before{i}", new Conv2d(8, 3) { HasBias = true }, image))];
        if (operation is Dense or Resize { Height: 2 }) taken = [builder.Add("pooled", new GlobalAveragePool(), taken[0])];
        builder.Output("y", builder.Add("it", operation, [.. taken]));
        return TestNetworks.WithTestWeights(builder.Build());
    }
}
