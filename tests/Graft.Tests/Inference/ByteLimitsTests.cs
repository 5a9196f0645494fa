using System.Runtime.CompilerServices;
using Graft.Activations;
using Graft.Inference;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>Quantized networks as files may hold them and nobody trains them: channels without weights, scales and sizes at their ends. Results are what the network says, or a sentence.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class ByteLimitsTests
{
    public static TheoryData<string, bool, float, float> Layers()
    {
        TheoryData<string, bool, float, float> data = [];
        foreach (string layer in (string[])["dense", "1x1", "3x3", "depthwise 3x3", "depthwise 5x5"])
        {
            foreach (bool toBytes in (bool[])[false, true])
            {
                data.Add(layer, toBytes, 6f / 255, 1e-12f);
                data.Add(layer, toBytes, 1e-30f, 1e-30f);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void AChannelWithoutWeightsKeepsItsBias(string layer, bool toBytes, float inputScale, float weightScale)
    {
        const int Channels = 5;
        Operation operation = layer switch
        {
            "dense" => new Dense(Channels) { QuantizeWeight = true },
            "1x1" => new Conv2d(Channels, 1) { HasBias = true, QuantizeWeight = true },
            "3x3" => new Conv2d(Channels, 3) { HasBias = true, QuantizeWeight = true, Padding = Padding.Same },
            _ => Conv2d.Depthwise(Channels, layer.EndsWith("5x5", StringComparison.Ordinal) ? 5 : 3) with { HasBias = true, QuantizeWeight = true, Padding = Padding.Same },
        };
        GraphBuilder builder = new("bias");
        string value = builder.Input("x", 6, 7, Channels);
        if (layer == "dense") value = builder.Add("pool", new GlobalAveragePool(), value);
        value = builder.Add("in", new FakeQuantize(inputScale, 3), value);
        value = builder.Add("layer", operation, value);
        value = builder.Add("out", new FakeQuantize(0.01f, 128), value);
        builder.Output("y", value);
        if (toBytes) builder.Output("last", builder.Add("last", layer == "dense" ? new Dense(1) { QuantizeWeight = true } : new GlobalAveragePool(), value));
        Network network = Network.Random(builder.Build(), 3);

        // Nothing, next to nothing, and weights as others have.
        Tensor weight = network.Weight(network.Graph.Producer("layer")!, "weight");
        int depth = weight.Span.Length / Channels;
        float[] scales = [weightScale, weightScale, 0.001f / inputScale / depth / 127, weightScale, 0.002f / inputScale / depth / 127], weights = UniformTensor(weight.Shape, 5, 127).Span.ToArray();
        for (int i = 0; i < weights.Length; i++) weights[i] = i / depth is 0 or 3 ? 0 : MathF.Round(weights[i]) * scales[i / depth];
        network = network.WithWeights(new Dictionary<string, Tensor>
        {
            ["layer.weight"] = new(weight.Shape, weights),
            ["layer.weight.scale"] = new([Channels], scales),
            ["layer.bias"] = new([Channels], [0.5f, -0.25f, 0.125f, 0, -0.03f]),
        });
        float[] images = [.. UniformTensor([1, 6, 7, Channels], 11, 200 * inputScale).Span.ToArray().Select(Math.Abs)];
        (float[] expected, float[] actual, InferencePlan plan) = Run(network, images);
        Assert.True(plan.Steps.Single(step => step.Nodes[^1].Node.Name == "layer").Nodes[0].IsOnBytes);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6f);
        Assert.All(Enumerable.Range(0, actual.Length / Channels), pixel => Assert.Equal([0.5f, -0.25f], actual[(pixel * Channels)..((pixel * Channels) + 2)].Select(y => MathF.Round(y, 5))));
    }

    [Theory]
    [InlineData(ByteWeights.MostDepth, true)]
    [InlineData(ByteWeights.MostDepth + 1, false)]
    [InlineData(70_000, false)]
    public void TheLargestSumsAreWhatTheNetworkSays(int depth, bool isOnBytes)
    {
        foreach (float bias in (float[])[0, 1 << 30, -(1 << 30)])
        {
            Network network = DenseNetwork(depth, 1, [.. Enumerable.Repeat(127f, depth)], 1, bias);
            float[] largest = new float[depth];
            Array.Fill(largest, 255);
            (float[] expected, float[] actual, InferencePlan plan) = Run(network, largest);
            Assert.Equal(isOnBytes, plan.Steps[^1].Nodes[0].IsOnBytes);

            // Exact but for rounding at the end; in float each addition rounds.
            double size = (depth * 127.0 * 255) + Math.Abs(bias);
            Assert.Equal(((double)depth * 127 * 255) + bias, actual[0], (isOnBytes ? 1e-7 : 5e-3) * size);
            Assert.Equal(expected[0], actual[0], 5e-3 * size);
        }
    }

    [Theory]
    [InlineData(4, null, 40)]
    [InlineData(1, 1 / 3f, 10)]
    public void ASumFarFromItsLargestIsNotCutOff(float input, float? output, float expected)
    {
        // The other weights could make it large, and in this image do not.
        const int Depth = 20_000;
        float[] weights = [1, .. Enumerable.Repeat(127f, Depth - 1)], image = new float[Depth];
        image[0] = 10 * input;
        (float[] reference, float[] actual, _) = Run(DenseNetwork(Depth, input, weights, 1, 0, output), image);
        Assert.Equal(expected, actual[0], 1e-5f);
        Assert.Equal(reference[0], actual[0], 1e-5f);
    }

    [Theory]
    [InlineData(1e-27f, 1, 1)]
    [InlineData(1, 1e-27f, 1)]
    [InlineData(1, 1, 1e-27f)]
    public void WhatIsFarBeyondAGridGoesToItsEnd(float first, float second, float third)
    {
        foreach (ActivationFunction function in (ActivationFunction[])[ActivationFunction.Identity, ActivationFunction.Relu6, ActivationFunction.HardSwish])
        {
            GraphBuilder builder = new("block");
            string value = builder.Add("in", new FakeQuantize(0.02f, 128), builder.Input("x", 9, 8, 6));
            (string Name, Conv2d Layer, float Scale)[] layers = [("expand", new Conv2d(21, 1), first), ("depthwise", Conv2d.Depthwise(21, 3) with { Padding = Padding.Same }, second), ("project", new Conv2d(7, 1), third), ("last", new Conv2d(9, 3), 0.05f)];
            foreach ((string name, Conv2d layer, float scale) in layers)
            {
                value = builder.Add(name, layer with { QuantizeWeight = true, HasBias = true }, value);
                if (function != ActivationFunction.Identity) value = builder.Add($"{name}.act", new Activation(function), value);
                value = builder.Add($"{name}.quantized", new FakeQuantize(scale == 1 ? 0.03f : scale, 100), value);
            }

            builder.Output("y", "project.quantized");
            builder.Output("last", builder.Add("pool", new GlobalAveragePool(), value));
            Network network = TestNetworks.WithTestWeights(builder.Build());

            // What reads the small values has large weights.
            if (first < 1) network = Larger(network, "depthwise", 1e26f);
            if (second < 1) network = Larger(network, "project", 1e26f);
            (float[] expected, float[] actual, InferencePlan plan) = Run(network, UniformTensor([1, 9, 8, 6], 11, 2).Span.ToArray());
            Assert.IsType<ByteInvertedResidualInference>(plan.Kernels[1]);

            // A sum of float32 numbers may be next to nothing where the exact one is 0.
            int apart = expected.Zip(actual).Count(pair => Math.Abs(pair.First - pair.Second) > 1e-4 * Math.Max(Math.Abs(pair.First), 1e-25));
            Assert.InRange(apart, 0, expected.Length / 50);
            Assert.True(expected.Distinct().Count() > 1);
        }

        static Network Larger(Network network, string layer, float factor) => network.WithWeights(((string[])[$"{layer}.weight", $"{layer}.weight.scale"]).ToDictionary(name => name, name => Times(network.Weights[name], factor)));

        static Tensor Times(Tensor tensor, float factor) => new(tensor.Shape, [.. tensor.Span.ToArray().Select(x => x * factor)]);
    }

    [Fact]
    public void ADeepGraphTakesNoMoreOfTheStackThanAShallowOne()
    {
        const int Depth = 10_000;
        GraphBuilder builder = new("deep");
        string value = builder.Add("in", new FakeQuantize(0.01f, 0), builder.Input("x", 1, 1, 1));
        for (int i = 0; i < Depth; i++) value = builder.Add($"quantized{i}", new FakeQuantize(0.01f, 0), builder.Add($"add{i}", new Add(), value, value));
        builder.Output("numbers", value);
        Graph numbers = builder.Build();
        builder.Output("y", builder.Add("pool", new GlobalAveragePool(), value));
        Graph bytes = builder.Build();
        (bool Bytes, bool Numbers) takes = default;
        Thread thread = new(() => takes = (new ByteValues(bytes).Takes(bytes.Producer("add0")!), new ByteValues(numbers).Takes(numbers.Producer("add0")!)), maxStackSize: 1 << 18);
        thread.Start();
        thread.Join();
        Assert.Equal((true, false), takes);
    }

    [Theory]
    [InlineData(255, 3)]
    [InlineData(105, 3)]
    [InlineData(1, ByteWeights.MostDepth + 1)]
    public void AConvolutionTooLargeForBytesRunsInFloat(int kernel, int channels)
    {
        GraphBuilder builder = new("wide");
        string value = builder.Add("in", new FakeQuantize(0.01f, 0), builder.Input("x", 1, kernel == 1 ? 1 : 1 << 14, channels));
        builder.Output("y", builder.Add("conv", new Conv2d(1, kernel) { QuantizeWeight = true, Padding = Padding.Same }, value));
        Assert.IsType<ConvolutionInference>(InferencePlan.Compile(Network.Random(builder.Build(), 1)).Kernels[^1]);
    }

    [Fact]
    public void RowsLongerThanMemoryAreRefused()
    {
        GraphBuilder windows = new("windows"), expanded = new("expanded");
        windows.Output("y", windows.Add("conv", new Conv2d(1, 255) { Padding = Padding.Same }, windows.Input("x", 1, 1 << 14, 66)));
        string value = expanded.Add("expand", new Conv2d(1 << 17, 1), expanded.Input("x", 1, 1 << 14, 1));
        value = expanded.Add("depthwise", Conv2d.Depthwise(1 << 17, 3) with { Padding = Padding.Same }, value);
        expanded.Output("y", expanded.Add("project", new Conv2d(1, 1), value));
        InferenceException e = Assert.Throws<InferenceException>(() => InferencePlan.Compile(Network.Random(windows.Build(), 1)));
        Assert.Equal("Node 'conv' (conv 255x255) needs 280017556 numbers of memory to compute a row of its output, and 268435456 are the most that it gets. Use a lower resolution or fewer channels.", e.Message);
        e = Assert.Throws<InferenceException>(() => InferencePlan.Compile(Network.Random(expanded.Build(), 1)));
        Assert.StartsWith("Node 'expand' (conv 1x1) needs ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesLargerThanMemoryAreRefused()
    {
        GraphBuilder builder = new("large");
        builder.Output("y", builder.Add("again", new Conv2d(1, 1), builder.Add("conv", new Conv2d(64, 1), builder.Input("x", 1 << 13, 1 << 13, 1))));
        InferenceException e = Assert.Throws<InferenceException>(() => InferencePlan.Compile(Network.Random(builder.Build(), 1)));
        Assert.Equal("The values of 'large' take more than 8 GB for an image. Use a lower resolution or fewer channels.", e.Message);
    }

    [Fact]
    public void RowsOfBytesLongerThanMemoryAreRefused()
    {
        GraphBuilder builder = new("expanded");
        string value = builder.Add("in", new FakeQuantize(0.01f, 0), builder.Input("x", 1, 1 << 16, 1));
        value = builder.Add("expand", new Conv2d(ByteWeights.MostDepth, 1) { QuantizeWeight = true }, value);
        value = builder.Add("expand.quantized", new FakeQuantize(0.01f, 0), value);
        value = builder.Add("depthwise", Conv2d.Depthwise(ByteWeights.MostDepth, 3) with { Padding = Padding.Same, QuantizeWeight = true }, value);
        value = builder.Add("depthwise.quantized", new FakeQuantize(0.01f, 0), value);
        value = builder.Add("project", new Conv2d(1, 1) { QuantizeWeight = true }, value);
        builder.Output("y", value);
        InferenceException e = Assert.Throws<InferenceException>(() => InferencePlan.Compile(Network.Random(builder.Build(), 1)));
        Assert.StartsWith("Node 'expand' (conv 1x1 int8) needs ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllWeightsOfBytesLieInOnePiece()
    {
        InferencePlan plan = InferencePlan.Compile(Small());
        Assert.Equal(1, plan.WeightBlocks);
        Assert.True(plan.Steps.SelectMany(step => step.Nodes).Where(fused => fused.Node.Operation is Conv2d or Dense).All(fused => fused.IsOnBytes));
    }

    [Fact]
    public void APlanKeepsNothingOfItsNetworkButTheGraph()
    {
        (InferencePlan plan, WeakReference network) = Compiled();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(network.IsAlive);
        GC.KeepAlive(plan);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (InferencePlan Plan, WeakReference Network) Compiled()
        {
            Network network = Small();
            return (InferencePlan.Compile(network), new WeakReference(network));
        }
    }

    private static Network Small()
    {
        GraphBuilder builder = new("small");
        string input = builder.Add("stem", new Conv2d(20, 3) { Stride = 2, HasBias = true }, builder.Input("x", 21, 19, 3)), value = input;
        value = builder.Add("expand", new Conv2d(50, 1) { HasBias = true }, value);
        value = builder.Add("depthwise", Conv2d.Depthwise(50, 3) with { Padding = Padding.Same, HasBias = true }, value);
        value = builder.Add("project", new Conv2d(20, 1) { HasBias = true }, value);
        value = builder.Add("gated", new Multiply(), value, builder.Add("gate", new GlobalAveragePool(), value));
        value = builder.Add("sum", new Add(), value, input);
        builder.Output("y", builder.Add("head", new Dense(10), builder.Add("pool", new GlobalAveragePool(), value)));
        return QuantizedNetworks.Of(Network.Random(builder.Build(), 3));
    }

    /// <summary>A dense layer on bytes whose weights have a scale of 1, and where there is a scale for it, the rounding behind it.</summary>
    private static Network DenseNetwork(int depth, float input, float[] weights, float scale, float bias, float? output = null)
    {
        GraphBuilder builder = new("dense");
        string value = builder.Add("pool", new GlobalAveragePool(), builder.Input("x", 1, 1, depth));
        value = builder.Add("in", new FakeQuantize(input, 0), value);
        value = builder.Add("layer", new Dense(1) { QuantizeWeight = true }, value);
        if (output is { } step)
        {
            // Somebody takes it as bytes.
            value = builder.Add("out", new FakeQuantize(step, 0), value);
            builder.Output("head", builder.Add("head", new Dense(1) { QuantizeWeight = true }, value));
        }

        builder.Output("y", value);
        return Network.Random(builder.Build(), 1).WithWeights(new Dictionary<string, Tensor> { ["layer.weight"] = new([1, depth], weights), ["layer.weight.scale"] = new([1], [scale]), ["layer.bias"] = new([1], [bias]) });
    }

    private static (float[] Expected, float[] Actual, InferencePlan Plan) Run(Network network, float[] image)
    {
        NetworkInput input = network.Graph.Inputs[0];
        float[] expected = ReferencePlan.Run(network, new Dictionary<string, Tensor> { [input.Name] = new([1, input.Height, input.Width, input.Channels], image) })["y"].Span.ToArray();
        InferencePlan plan = InferencePlan.Compile(network, new InferenceOptions { Threads = 2, Outputs = [.. network.Graph.Outputs.Select(output => output.Name)] });
        using InferenceSession session = plan.CreateSession();
        session.Run(image);
        return (expected, session.Output("y").ToArray(), plan);
    }
}
