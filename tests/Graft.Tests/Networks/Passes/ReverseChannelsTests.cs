using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

public class ReverseChannelsTests
{
    /// <summary>On red, green, blue the reversed network gives what the network gives on blue, green, red, whatever takes the image.</summary>
    [Theory]
    [InlineData("convolution", false)]
    [InlineData("two convolutions of one weight", false)]
    [InlineData("norm", true)]
    [InlineData("depthwise", true)]
    [InlineData("a weight that others share", true)]
    public void GivesTheSameOnReversedColours(string kind, bool isSwapped)
    {
        GraphBuilder builder = new("colours");
        string x = builder.Input("image", 6, 5, 3);
        Conv2d convolution = new(3, 3) { HasBias = true, Padding = Padding.Symmetric(1) };
        x = kind switch
        {
            "convolution" => builder.Add("conv", convolution, x),
            "two convolutions of one weight" => builder.Add("sum", new Add(), builder.Add("conv", convolution, x), builder.Add("conv2", convolution, x)),
            "norm" => builder.Add("norm", new BatchNorm(), x),
            "depthwise" => builder.Add("dw", Conv2d.Depthwise(3, 3), x),
            _ => builder.Add("conv2", convolution, builder.Add("conv", convolution, x)),
        };
        builder.Output("features", builder.Add("pool", new GlobalAveragePool(), builder.Add("last", new Conv2d(4, 1), x)));
        Graph graph = builder.Build();
        if (kind.Contains("weight")) graph = new Graph(graph.Architecture, graph.Inputs, [.. graph.Nodes.Select(node => node.Name == "conv2" ? node with { Scope = "conv" } : node)], graph.Outputs);
        Network network = TestNetworks.WithTestWeights(graph), reversed = network.WithReversedInputChannels();

        Tensor image = TestNumbers.UniformTensor([2, 6, 5, 3], 7), other = new(image.Shape, [.. image.Span.ToArray().Chunk(3).SelectMany(pixel => pixel.Reverse())]);
        float[] expected = Run(network, other), actual = Run(reversed, image);
        TestNumbers.AssertClose(expected, actual, 1e-6, kind);
        Assert.True(expected.Zip(Run(network, image)).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-3), "The order of the colours must matter.");
        Assert.Equal(isSwapped, reversed.Graph.Nodes.Length > graph.Nodes.Length);
        TestNumbers.AssertClose(Run(network, image), Run(reversed.WithReversedInputChannels(), image), 1e-6, kind);
    }

    [Fact]
    public void OtherInputsAreRefused()
    {
        GraphBuilder builder = new("grey");
        builder.Output("out", builder.Add("conv", new Conv2d(1, 1), builder.Input("image", 4, 5, 1)));
        Assert.Equal(
            "Only a network with one input of 3 channels has an order of colours; 'grey' takes 4x5x1.",
            Assert.Throws<NetworkException>(() => Network.Random(builder.Build(), 1).WithReversedInputChannels()).Message);
    }

    private static float[] Run(Network network, Tensor image) => ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = image })["features"].Span.ToArray();
}
