using Graft.Activations;
using Graft.Inference;
using Graft.Kernels.Quantization;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Quantization;
using Graft.Tensors;
using Graft.Testing;

namespace Graft.Tests.Quantization;

/// <summary>Where a network is quantized, and equalized networks, which compute the same.</summary>
public sealed class QuantizeTests
{
    private const int Side = 32;

    private static Network MobileNet => TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = Side }).WithHead(5));

    private static Network ResNet => TestNetworks.WithTestWeights(Architectures.Get("resnet18").Trunk(new TrunkOptions { Resolution = Side }).WithHead(5));

    [Fact]
    public void InputsActivationsSumsAndMeansAreQuantizedAndScoresAreNot()
    {
        Graph graph = Quantize.Prepare(MobileNet).Graph;
        IReadOnlyList<string> values = QuantizedValues.Of(graph, _ => false);
        Assert.Equal("image", values[0]);
        Assert.Contains("global_pool", values);
        Assert.DoesNotContain("classifier", values);
        foreach (Node node in graph.Nodes)
        {
            bool isFollowed = graph.SoleConsumer(node.Name) is { Operation: Activation };
            Assert.Equal(node.Operation is Conv2d or Activation or Add or GlobalAveragePool && !isFollowed, values.Contains(node.Name));
        }

        // What a layer in float gives is rounded for the layer behind it, unless that stays in float, too.
        Node stays = graph.Nodes.First(node => node.Operation is Conv2d { Groups: > 1 }), next = graph.Consumers(QuantizedValues.Result(graph, stays)).Single();
        Assert.Equal(values, QuantizedValues.Of(graph, layer => layer == stays));
        Assert.Equal([QuantizedValues.Result(graph, stays)], values.Except(QuantizedValues.Of(graph, layer => layer == stays || layer == next)));
        Node stem = graph.Nodes.First(node => node.Operation is Conv2d);
        Assert.Equal(["image"], values.Except(QuantizedValues.Of(graph, layer => layer == stem)));
    }

    [Fact]
    public void WhatNamesAValueNamesTheQuantizedOne()
    {
        Network network = Quantize.Prepare(MobileNet), quantized = Quantized(network);
        Assert.Equal(network.Graph.Outputs.Select(output => output.Name), quantized.Graph.Outputs.Select(output => output.Name));
        foreach (NetworkOutput output in quantized.Graph.Outputs)
            Assert.Equal(output.Name != ClassifierHead.Logits, quantized.Graph.Producer(output.Value)!.Operation is FakeQuantize);
        Assert.All(quantized.Graph.Nodes.Where(node => node.Operation is ILinearLayer), layer =>
        {
            Assert.True(((ILinearLayer)layer.Operation).IsQuantized);
            Assert.IsType<FakeQuantize>(quantized.Graph.Producer(layer.Inputs[0])!.Operation);
        });
        Assert.StartsWith("This model of 'mobilenetv2_035' is quantized already", Assert.Throws<GraftException>(() => Quantize.Prepare(quantized)).Message);
    }

    [Fact]
    public void FineGridsChangeNothingMuch()
    {
        Network network = Quantize.Prepare(MobileNet);
        float[] wanted = Run(MobileNet), given = Run(Quantized(network));
        Assert.True(Difference(wanted, Run(network)) < 1e-4);
        Assert.InRange(Difference(wanted, given), 1e-5, 0.2);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void AnEqualizedNetworkComputesTheSame(bool isResNet, bool perTensor)
    {
        Network network = Quantize.Prepare(isResNet ? ResNet : MobileNet);
        IReadOnlyList<EqualizationGroup> groups = EqualizationGroup.Of(network.Graph);
        Assert.NotEmpty(groups);
        Network equalized = Equalize.Apply(network, groups, Largest(network, groups), perTensor);
        Assert.NotEqual(network.Weights["conv_stem.weight".Replace("conv_stem", isResNet ? "layer1.0.conv1" : "conv_stem")].Span.ToArray(), equalized.Weights[isResNet ? "layer1.0.conv1.weight" : "conv_stem.weight"].Span.ToArray());
        foreach (NetworkOutput output in network.Graph.Outputs)
        {
            float[] wanted = Run(network, output.Name);
            Assert.True(Difference(wanted, Run(equalized, output.Name)) < 1e-3, $"{output.Name} {Difference(wanted, Run(equalized, output.Name))}");
        }
    }

    /// <summary>A channel of weights a thousand times as small as the others' is lost where a layer has one scale; equalized, it is not.</summary>
    [Fact]
    public void ChannelsOfSmallWeightsAreLostWithOneScaleAndKeptWhenTheyAreEqualized()
    {
        GraphBuilder builder = new("two");
        string value = builder.Add("first", new Conv2d(8, 1) { HasBias = true }, builder.Input("image", 4, 4, 3));
        value = builder.Add("relu", new Activation(ActivationFunction.Relu), value);
        builder.Output("logits", builder.Add("second", new Conv2d(8, 1) { HasBias = true, Groups = 8 }, value));
        Network network = Network.Random(builder.Build(), 2);
        Tensor first = new([8, 3, 1, 1], network.Weights["first.weight"].Span), second = new([8, 1, 1, 1], network.Weights["second.weight"].Span);
        for (int c = 0; c < 8; c++)
        {
            float scale = MathF.Pow(10, c / -2f);
            for (int i = 0; i < 3; i++) first.Span[(3 * c) + i] *= scale;
            second.Span[c] = 1 / scale;
        }

        network = network.WithWeights(new Dictionary<string, Tensor> { ["first.weight"] = first, ["second.weight"] = second });
        IReadOnlyList<EqualizationGroup> groups = EqualizationGroup.Of(network.Graph);
        Network equalized = Equalize.Apply(network, groups, Largest(network, groups), perTensor: true);
        float[] wanted = Run(network);
        Assert.True(Difference(wanted, Run(equalized)) < 1e-5);
        double lost = Difference(wanted, Run(Quantized(network, perTensor: true))), kept = Difference(wanted, Run(Quantized(equalized, perTensor: true)));
        Assert.True(lost > 0.3 && kept < 0.05, $"{lost} {kept}");
    }

    /// <summary>What reaches a ceiling keeps its scale, and nothing else is enlarged so far that it does.</summary>
    [Fact]
    public void NothingIsScaledOverACeiling()
    {
        GraphBuilder builder = new("six");
        string value = builder.Add("first", new Conv2d(4, 1) { HasBias = true }, builder.Input("image", 4, 4, 3));
        value = builder.Add("relu6", new Activation(ActivationFunction.Relu6), value);
        builder.Output("logits", builder.Add("second", new Conv2d(4, 1) { HasBias = true, Groups = 4 }, value));
        Network network = Network.Random(builder.Build(), 2).WithWeights(new Dictionary<string, Tensor> { ["first.bias"] = new Tensor([4], [20, 0.5f, 0.1f, 3]) });
        IReadOnlyList<EqualizationGroup> groups = EqualizationGroup.Of(network.Graph);
        foreach (bool perTensor in (bool[])[false, true])
        {
            Network equalized = Equalize.Apply(network, groups, Largest(network, groups), perTensor);
            Assert.Equal(20, equalized.Weights["first.bias"].Span[0]);
            Assert.True(Difference(Run(network), Run(equalized)) < 1e-5);
        }
    }

    private static Dictionary<string, float[]> Largest(Network network, IReadOnlyList<EqualizationGroup> groups)
    {
        Network tapped = Tapped(network, groups.SelectMany(group => group.Values));
        return groups.SelectMany(group => group.Values).ToDictionary(value => value, value =>
        {
            float[] values = Run(tapped, value);
            int channels = network.Graph.Shapes[value][^1];
            return Enumerable.Range(0, channels).Select(c => Enumerable.Range(0, values.Length / channels).Max(i => Math.Abs(values[(i * channels) + c]))).ToArray();
        });
    }

    private static Network Quantized(Network network, bool perTensor = false)
    {
        IReadOnlyList<string> values = QuantizedValues.Of(network.Graph, _ => false);
        Network tapped = Tapped(network, values.Where(value => value != "image"));
        return Quantize.Apply(
            network,
            values.ToDictionary(value => value, value => value == "image" ? ByteGrid.Over(-1, 1) : ByteGrid.Over(Run(tapped, value).Min(), Run(tapped, value).Max())),
            QuantizedValues.Layers(network.Graph).ToDictionary(layer => layer.Name, layer => RowScales.Of(network.Weight(layer, "weight"), perTensor, cutsOff: false)));
    }

    private static Network Tapped(Network network, IEnumerable<string> values) => network.WithGraph(
        new Graph(network.Graph.Architecture, network.Graph.Inputs, network.Graph.Nodes, [.. values.Select(value => new NetworkOutput(value, value))]));

    private static float[] Run(Network network, string? output = null)
    {
        output ??= network.Graph.Outputs[^1].Name;
        using InferenceSession session = InferencePlan.Compile(network, new InferenceOptions { Threads = 1, Outputs = [output] }).CreateSession();
        NetworkInput input = network.Graph.Inputs[0];
        Graft.Numerics.Philox random = new(1);
        session.Run([.. Enumerable.Range(0, 2 * input.Height * input.Width * input.Channels).Select(i => (float)((2 * random.Uniform((ulong)i)) - 1))], 2);
        return session.Output(output).ToArray();
    }

    private static double Difference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max() / a.Max(Math.Abs);
}
