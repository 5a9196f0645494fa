using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Operations;

/// <summary>Operations that round, whose gradients are those of what they would be without.</summary>
public class QuantizedOperationTests
{
    public static TheoryData<Operation, Operation> Layers => new()
    {
        { new Conv2d(6, 3) { Stride = 2, HasBias = true, QuantizeWeight = true }, new Conv2d(6, 3) { Stride = 2, HasBias = true } },
        { new Conv2d(6, 1) { QuantizeWeight = true }, new Conv2d(6, 1) },
        { Conv2d.Depthwise(4, 3) with { Padding = Padding.Same, QuantizeWeight = true }, Conv2d.Depthwise(4, 3) with { Padding = Padding.Same } },
        { new Dense(5) { QuantizeWeight = true }, new Dense(5) },
    };

    /// <summary>It computes what the layer does whose weights are the nearest, and hands on that one's gradients, but for weights that are cut off.</summary>
    [Theory]
    [MemberData(nameof(Layers))]
    public void AQuantizedLayerIsTheLayerOfTheNearestWeights(Operation quantized, Operation plain)
    {
        Shape input = plain is Dense ? [2, 4] : [2, 5, 6, 4];
        Dictionary<string, Tensor> weights = quantized.Parameters([input]).ToDictionary(p => p.Name, p => UniformTensor(p.Shape, 3));
        Tensor weight = weights["weight"], scale = weights[QuantizedWeight.Scale];
        int depth = weight.Span.Length / scale.Span.Length;

        // The largest of each output is cut off.
        for (int o = 0; o < scale.Span.Length; o++) scale.Span[o] = 0.9f * weight.Span.Slice(o * depth, depth).ToArray().Max(Math.Abs) / 127;
        Dictionary<string, Tensor> nearest = new(weights) { ["weight"] = new(weight.Shape, weight.Span) };
        for (int i = 0; i < weight.Span.Length; i++) nearest["weight"].Span[i] = Math.Clamp(MathF.Round(weight.Span[i] / scale.Span[i / depth]), -127, 127) * scale.Span[i / depth];
        Assert.False(weight.Span.SequenceEqual(nearest["weight"].Span));

        ReferenceNode actual = Run(quantized, weights), expected = Run(plain, nearest);
        Assert.Equal(expected.Output.Span, actual.Output.Span);
        Assert.Equal(expected.InputGradients[0].Span, actual.InputGradients[0].Span);
        float[] gradient = expected.Gradients["weight"].Span.ToArray();
        int cut = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            if (Math.Abs(weight.Span[i]) <= 127.5f * scale.Span[i / depth]) continue;
            gradient[i] = 0;
            cut++;
        }

        Assert.InRange(cut, scale.Span.Length, gradient.Length - 1);
        Assert.Equal(gradient, actual.Gradients["weight"].Span.ToArray());
        Assert.Equal(expected.Gradients.Keys.Order(), actual.Gradients.Keys.Order());

        ReferenceNode Run(Operation operation, Dictionary<string, Tensor> weights)
        {
            ReferenceNode node = new() { Inputs = [UniformTensor(input, 1)], Output = new Tensor(operation.OutputShape([input])), Weight = name => weights[name] };
            operation.Reference(node);
            node.OutputGradient = UniformTensor(node.Output.Shape, 2);
            node.InputGradients = [new Tensor(input)];
            operation.ReferenceBackward(node);
            return node;
        }
    }

    /// <summary>A grid behind relu6, behind a layer itself, behind an addition and behind what no reader can apply: in training and in inference.</summary>
    [Fact]
    public void ANetworkOfRoundedValuesEqualsItsReference()
    {
        Network network = TestNetworks.WithTestWeights(Rounded());
        Trainings.AssertEqualsReference(network, new TrainingOptions { Batch = 3, InputGradient = true }, 3, tolerance: 3e-5);
        Tensor images = Trainings.Images(network.Graph, 3);
        float[] expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = images })["logits"].Span.ToArray(), actual = new float[expected.Length];
        using InferenceSession session = InferencePlan.Compile(network).CreateSession();
        session.Run(images.Span, 3, actual);
        AssertClose(expected, actual, 2e-5);
    }

    [Fact]
    public void ValuesInTrainingAreNumbersOfTheirGrid()
    {
        Network network = TestNetworks.WithTestWeights(Rounded());
        TrainingOptions options = new() { Batch = 3, Outputs = ["q6", "qc", "qsum", "qpool"] };
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, 3);
        foreach (Node node in network.Graph.Nodes.Where(node => options.Outputs.Contains(node.Name)))
        {
            FakeQuantize grid = (FakeQuantize)node.Operation;
            float[] values = plan.Output(node.Name).Span.ToArray();
            Assert.All(values, value => Assert.Equal(grid.Grid.Nearest(value), value));
            Assert.True(values.Distinct().Count() > 5, node.Name);
        }
    }

    [Fact]
    public void FoldingLeavesQuantizedLayersAlone()
    {
        GraphBuilder builder = new("folded");
        string x = builder.Add("quantized", new Conv2d(4, 3) { QuantizeWeight = true }, builder.Input("image", 6, 6, 3));
        x = builder.Add("plain", new Conv2d(4, 3) { StandardizeWeight = true }, builder.Add("norm1", new BatchNorm(), x));
        builder.Output("y", builder.Add("norm2", new BatchNorm(), x));
        Network network = TestNetworks.WithTestWeights(builder.Build()), folded = network.FoldNormalization().FoldStandardization();
        Assert.Equal(["quantized", "norm1", "plain"], folded.Graph.Nodes.Select(node => node.Name));
        Assert.Equal(network.Graph.Nodes[0], folded.Graph.Nodes[0]);
        Assert.Equal(network.Weights["quantized.weight"].Span, folded.Weights["quantized.weight"].Span);
        Tensor image = UniformTensor([2, 6, 6, 3], 1);
        AssertClose(Output(network), Output(folded), 1e-5);

        // And what is fused in inference is that of the network itself.
        float[] expected = Output(network), actual = new float[expected.Length];
        using InferenceSession session = InferencePlan.Compile(network).CreateSession();
        session.Run(image.Span, 2, actual);
        AssertClose(expected, actual, 1e-5);

        float[] Output(Network network) => ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = image })["y"].Span.ToArray();
    }

    [Fact]
    public void WeightsAreNotStandardizedAndQuantized()
    {
        GraphBuilder builder = new("both");
        string image = builder.Input("image", 6, 6, 3);
        NetworkException refusal = Assert.Throws<NetworkException>(() =>
        {
            builder.Output("y", builder.Add("conv", new Conv2d(4, 3) { StandardizeWeight = true, QuantizeWeight = true }, image));
            builder.Build();
        });
        Assert.Contains("A convolution's weights are standardized or quantized, not both: fold the standardization first.", refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(0, 0, "The scale of a quantization must be from 1e-30 to 1e30, not 0.")]
    [InlineData(float.NaN, 0, "The scale of a quantization must be from 1e-30 to 1e30, not NaN.")]
    [InlineData(1, -1, "The zero point of a quantization must be from 0 to 255, not -1.")]
    [InlineData(1, 256, "The zero point of a quantization must be from 0 to 255, not 256.")]
    public void AGridThatCannotBeIsRefused(float scale, int zeroPoint, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(() => new FakeQuantize(scale, zeroPoint)).Message);

    [Fact]
    public void RandomWeightsAreWithinTheirScales()
    {
        GraphBuilder builder = new("random");
        string x = builder.Add("conv", new Conv2d(40, 3) { QuantizeWeight = true }, builder.Input("image", 6, 6, 3));
        builder.Output("y", builder.Add("dense", new Dense(30) { QuantizeWeight = true }, builder.Add("pool", new GlobalAveragePool(), x)));
        Network network = Network.Random(builder.Build(), 1);
        foreach (string name in (string[])["conv", "dense"])
        {
            float scale = Assert.Single(network.Weights[$"{name}.weight.scale"].Span.ToArray().Distinct());
            float[] weights = network.Weights[$"{name}.weight"].Span.ToArray();
            Assert.InRange(weights.Max(Math.Abs) / scale, 64, 200);
            Assert.InRange(weights.Count(weight => Math.Abs(weight) > 127.5f * scale), 0, weights.Length / 50);
        }
    }

    private static Graph Rounded()
    {
        GraphBuilder builder = new("rounded");
        string x = builder.Add("qimage", new FakeQuantize(4f / 255, 128), builder.Input("image", 9, 8, 3));
        x = builder.Add("conv", new Conv2d(8, 3) { HasBias = true, QuantizeWeight = true, Stride = 2, Padding = Padding.Same }, x);
        string first = Tap("q6", new FakeQuantize(2.5f / 255, 0), builder.Add("relu6", new Activation(ActivationFunction.Relu6), x));
        x = builder.Add("dw", Conv2d.Depthwise(8, 3) with { Padding = Padding.Same, HasBias = true, QuantizeWeight = true }, first);
        x = builder.Add("qdw", new FakeQuantize(2f / 255, 100), builder.Add("silu", new Activation(ActivationFunction.Silu), x));
        x = Tap("qc", new FakeQuantize(2f / 255, 120), builder.Add("pw", new Conv2d(8, 1) { HasBias = true, QuantizeWeight = true }, x));
        x = Tap("qsum", new FakeQuantize(3f / 255, 100), builder.Add("sum", new Add(), first, x));
        x = Tap("qpool", new FakeQuantize(1f / 255, 90), builder.Add("pool", new GlobalAveragePool(), x));
        builder.Output("logits", builder.Add("dense", new Dense(5) { QuantizeWeight = true }, x));
        return builder.Build();

        string Tap(string name, FakeQuantize operation, string value)
        {
            builder.Output(name, builder.Add(name, operation, value));
            return name;
        }
    }
}
