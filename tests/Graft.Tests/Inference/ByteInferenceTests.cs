using Graft.Activations;
using Graft.Inference;
using Graft.Kernels;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Plans;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>Quantized networks run on bytes: what is computed so, that it is what the network says, and that threads and places in a batch change no bit.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class ByteInferenceTests
{
    // Height, width, channels, expansion (0 for none, -1 for a 3x3 stem of stride 2), kernel, stride, padding (-1 for SAME), outputs (0 for no projection).
    public static TheoryData<int, int, int, int, int, int, int, int> Blocks() => new()
    {
        { 14, 14, 16, 6, 3, 1, 1, 16 },
        { 15, 13, 8, 6, 3, 2, 1, 24 },
        { 14, 14, 12, 3, 3, 2, -1, 20 },
        { 9, 9, 17, 4, 3, 1, -1, 17 },
        { 7, 7, 24, 0, 3, 1, 1, 24 },
        { 7, 7, 37, 0, 3, 1, 1, 0 },
        { 8, 3, 40, 0, 3, 2, 0, 16 },
        { 33, 31, 3, -1, 3, 1, 1, 16 },
        { 12, 12, 8, 6, 5, 1, 2, 8 },
        { 12, 11, 8, 6, 5, 2, -1, 0 },
        { 90, 80, 24, 3, 3, 1, 1, 24 },
        { 160, 150, 16, 6, 3, 2, 1, 16 },
    };

    [Theory]
    [MemberData(nameof(Blocks))]
    public void ABlockIsWhatTheNetworkSays(int height, int width, int channels, int expansion, int kernel, int stride, int padding, int outputs)
    {
        foreach (ActivationFunction function in (ActivationFunction[])[ActivationFunction.Relu6, ActivationFunction.HardSwish])
        {
            GraphBuilder builder = new("block");
            Padding border = padding < 0 ? Padding.Same : Padding.Symmetric(padding);
            string input = builder.Input("x", height, width, channels), value = input;
            int wide = channels;
            if (expansion != 0)
            {
                wide = expansion < 0 ? 24 : channels * expansion;
                value = builder.Add("expand", expansion < 0 ? new Conv2d(wide, 3) { Stride = 2, Padding = border, HasBias = true } : new Conv2d(wide, 1) { HasBias = true }, value);
                value = builder.Add("act1", new Activation(function), value);
            }

            value = builder.Add("depthwise", Conv2d.Depthwise(wide, kernel) with { Stride = stride, Padding = border, HasBias = true }, value);
            value = builder.Add("act2", new Activation(function), value);
            if (outputs > 0) value = builder.Add("project", new Conv2d(outputs, 1) { HasBias = true }, value);
            if (outputs == channels && stride == 1 && expansion >= 0) value = builder.Add("sum", new Add(), value, input);
            builder.Output("y", value);

            // Somebody takes it as bytes.
            builder.Output("head", builder.Add("head", new Dense(3), builder.Add("pool", new GlobalAveragePool(), value)));
            InferencePlan plan = AssertEqualsReference(QuantizedNetworks.Of(Network.Random(builder.Build(), 3)));

            // Where a 3x3 depthwise convolution is in the middle, all is one step: behind it are the head's two, and the copy.
            if (kernel == 3) Assert.Equal(5, plan.Kernels.Length);
            Assert.Equal(kernel == 3, plan.Kernels[1] is ByteInvertedResidualInference);
            Assert.All(plan.Kernels[..^2], step => Assert.Equal(ElementType.UInt8, step.OutputType));
        }
    }

    [Theory]
    [InlineData(3, 1, 1, 5)]
    [InlineData(3, 2, 1, 5)]
    [InlineData(7, 2, 3, 3)]
    [InlineData(1, 2, 0, 5)]
    [InlineData(5, 1, -1, 5)]
    [InlineData(3, 1, 1, 8)]
    [InlineData(3, 2, -1, 4)]
    [InlineData(5, 3, 2, 12)]
    [InlineData(1, 2, 0, 16)]
    [InlineData(4, 1, 0, 3)]
    public void AConvolutionAndADenseLayerAreWhatTheNetworkSays(int kernel, int stride, int padding, int channels)
    {
        GraphBuilder builder = new("convolution");
        string input = builder.Input("x", 21, 18, channels), value = input;
        value = builder.Add("conv", new Conv2d(39, kernel) { Stride = stride, Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding), HasBias = true }, value);
        value = builder.Add("act", new Activation(ActivationFunction.Relu), value);
        string branch = builder.Add("again", new Conv2d(39, 1), value);
        value = builder.Add("sum", new Add(), branch, value);
        value = builder.Add("act2", new Activation(ActivationFunction.Relu), value);
        string gate = builder.Add("pool", new GlobalAveragePool(), value);
        gate = builder.Add("dense1", new Dense(39), gate);
        gate = builder.Add("sigmoid", new Activation(ActivationFunction.HardSigmoid), gate);
        value = builder.Add("gated", new Multiply(), value, gate);
        value = builder.Add("pool2", new GlobalAveragePool(), value);
        value = builder.Add("dense2", new Dense(11), value);
        builder.Output("y", value);
        builder.Output("head", value);
        InferencePlan plan = AssertEqualsReference(QuantizedNetworks.Of(Network.Random(builder.Build(), 5)));
        Assert.All(plan.Kernels[..^1], step => Assert.Equal(ElementType.UInt8, step.OutputType));
        Assert.Equal(ElementType.Float32, plan.Kernels[^1].OutputType);
    }

    [Fact]
    public void WhoWantsNumbersGetsThem()
    {
        // The value between is an output, is read by a layer in float, and on bytes by another.
        GraphBuilder builder = new("mixed");
        string input = builder.Input("x", 9, 9, 4), value = builder.Add("a", new Conv2d(8, 1) { HasBias = true }, input);
        string plain = builder.Add("float", new Conv2d(8, 3) { Padding = Padding.Symmetric(1) }, value), whole = builder.Add("whole", new Conv2d(8, 1), value);
        string sum = builder.Add("sum", new Add(), plain, whole);
        builder.Output("between", value);
        builder.Output("y", sum);
        Network quantized = QuantizedNetworks.Of(Network.Random(builder.Build(), 7));
        Graph graph = quantized.Graph;
        Node[] nodes = [.. graph.Nodes.Where(node => node.Name != "float.quantized").Select(node => node.Name == "float" ? node with { Operation = ((Conv2d)node.Operation) with { QuantizeWeight = false } } : node.Taking(name => name == "float.quantized" ? "float" : name))];
        Network network = quantized.WithGraph(new Graph("mixed", graph.Inputs, [.. nodes], graph.Outputs));
        Tensor images = UniformTensor([1, 9, 9, 4], 11, 3);
        IReadOnlyDictionary<string, Tensor> expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["x"] = images });
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Outputs = ["between", "y"] }).CreateSession();
        session.Run(images.Span);
        foreach (string name in (string[])["between", "y"]) AssertNearlyEqual(expected[name].Span, session.Output(name), StepOf(network, name));
    }

    [Fact]
    public void WhatALayerGivesBeforeItIsRoundedIsNumbers()
    {
        GraphBuilder builder = new("block");
        string value = builder.Add("expand", new Conv2d(24, 1) { HasBias = true }, builder.Input("x", 12, 11, 8));
        value = builder.Add("act1", new Activation(ActivationFunction.Relu6), value);
        value = builder.Add("depthwise", Conv2d.Depthwise(24, 3) with { Padding = Padding.Same, HasBias = true }, value);
        value = builder.Add("act2", new Activation(ActivationFunction.Relu6), value);
        builder.Output("project", builder.Add("project", new Conv2d(9, 1) { HasBias = true }, value));
        Network network = QuantizedNetworks.Of(Network.Random(builder.Build(), 3));
        foreach (string name in (string[])["expand", "depthwise", "project"])
        {
            Network cut = network.WithGraph(new Graph("cut", network.Graph.Inputs, network.Graph.Nodes, [new NetworkOutput("y", name)]));
            Tensor images = UniformTensor([1, 12, 11, 8], 11, 3);
            using InferenceSession session = InferencePlan.Compile(cut).CreateSession();
            session.Run(images.Span);
            AssertNearlyEqual(ReferencePlan.Run(cut, new Dictionary<string, Tensor> { ["x"] = images })["y"].Span, session.Output("y"), step: null);
        }
    }

    [Fact]
    public void AGroupedConvolutionRunsInFloat()
    {
        GraphBuilder builder = new("grouped");
        string value = builder.Add("a", new Conv2d(8, 3) { Groups = 2, HasBias = true }, builder.Input("x", 9, 9, 4));
        builder.Output("y", builder.Add("b", new Conv2d(6, 1), value));
        builder.Output("head", "b");
        AssertEqualsReference(QuantizedNetworks.Of(Network.Random(builder.Build(), 7)));
    }

    private static InferencePlan AssertEqualsReference(Network network)
    {
        const int Batch = 3;
        NetworkInput input = network.Graph.Inputs[0];
        Tensor images = UniformTensor([Batch, input.Height, input.Width, input.Channels], 11, 3);
        ReadOnlySpan<float> expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { [input.Name] = images })["y"].Span;
        float[][] outputs = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = threads, Outputs = ["y", "head"] }).CreateSession();
            session.Run(images.Span, Batch);
            return session.Output("y").ToArray();
        })];
        AssertNearlyEqual(expected, outputs[0], StepOf(network, "y"));
        Assert.Equal(outputs[0], outputs[1]);
        Assert.Equal(outputs[0], outputs[2]);

        // Alone, and on threads that share one image.
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 4, Outputs = ["y", "head"] });
        using InferenceSession alone = plan.CreateSession();
        int length = images.Span.Length / Batch;
        for (int image = 0; image < Batch; image++)
        {
            alone.Run(images.Span.Slice(image * length, length));
            Assert.Equal(outputs[0][(image * outputs[0].Length / Batch)..((image + 1) * outputs[0].Length / Batch)], alone.Output("y").ToArray());
        }

        return plan;
    }

    /// <summary>A step of the grid that an output is on; of numbers, what a hundredth of their size is.</summary>
    private static float? StepOf(Network network, string output) => network.Graph.Producer(network.Graph.Output(output).Value)?.Operation is FakeQuantize { Scale: var scale } ? scale : null;

    // The reference rounds sums of float32 numbers where bytes are summed exactly: one may fall on the other side of a half, and what follows from it, too.
    private static void AssertNearlyEqual(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float? step)
    {
        double largest = 0, square = 0, difference = 0;
        int apart = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i] - actual[i]));
            square += (double)expected[i] * expected[i];
            difference += Math.Pow(expected[i] - actual[i], 2);
            if (Math.Abs(expected[i] - actual[i]) > 1e-4 * (step ?? 1)) apart++;
        }

        Assert.True(square > 0);
        if (step is { } one)
        {
            Assert.InRange(largest, 0, 2.01 * one);
            Assert.InRange(apart / (double)expected.Length, 0, 0.02);
        }

        Assert.InRange(Math.Sqrt(difference / square), 0, 0.01);
    }
}
