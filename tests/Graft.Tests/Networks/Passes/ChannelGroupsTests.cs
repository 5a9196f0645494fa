using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

public class ChannelGroupsTests
{
    [Fact]
    public void AMobileNetsGroupsAreItsExpansionsAndItsStreams()
    {
        Graph graph = MobileNetV2.Trunk(new TrunkOptions { Resolution = 32 }).WithHead(7);
        ChannelGroups groups = ChannelGroups.Of(graph);

        // The image, the stem with the first depthwise layer, 16 expansions, 7 widths of the stream, the features, the classes.
        Assert.Equal(1 + 1 + 16 + 7 + 1 + 1, groups.Groups.Length);
        ChannelGroup expansion = groups["blocks.2.1.conv_dw"], stream = groups["blocks.2.0.bn3"];
        Assert.Equal(
            ["blocks.2.1.conv_pw", "blocks.2.1.bn1", "blocks.2.1.bn1.act", "blocks.2.1.conv_dw", "blocks.2.1.bn2", "blocks.2.1.bn2.act"], expansion.Values.AsEnumerable());
        Assert.Equal((192, null), (expansion.Channels, expansion.Fixed));
        Assert.Equal(["blocks.2.1.conv_pwl"], expansion.Readers.Select(node => node.Name));
        Assert.Equal("blocks.2.0.conv_pwl", stream.Name);
        Assert.Equal(24, groups["blocks.1.1.add"].Channels);
        Assert.Same(groups["blocks.1.0.bn3"], groups["blocks.1.1.add"]);
        Assert.Same(stream, groups["blocks.2.2.conv_pwl"]);
        Assert.Equal(["blocks.2.1.conv_pw", "blocks.2.2.conv_pw", "blocks.3.0.conv_pw"], stream.Readers.Select(node => node.Name));
        Assert.Same(groups["conv_stem"], groups["blocks.0.0.bn1"]);
        Assert.Equal(["classifier"], groups["conv_head"].Readers.Select(node => node.Name));
        Assert.Equal("it is an input of the network", groups[graph.Inputs[0].Name].Fixed);
        Assert.Equal("it is the network's output 'logits'", groups["classifier"].Fixed);
        Assert.Equal(groups.Groups.Length - 2, groups.Groups.Count(group => group.Fixed is null));
    }

    [Fact]
    public void AResNetsStreamIsAllThatIsAddedUp()
    {
        ChannelGroups groups = ChannelGroups.Of(ResNet.Trunk(18, new TrunkOptions { Resolution = 32 }).WithHead(7));
        Assert.Same(groups["conv1"], groups["layer1.1.bn2"]);
        Assert.Same(groups["layer2.0.downsample.0"], groups["layer2.0.conv2"]);
        Assert.Same(groups["layer2.0.downsample.0"], groups["layer2.1.add"]);
        Assert.NotSame(groups["layer1.0.conv1"], groups["layer1.0.conv2"]);
        Assert.Equal(["layer1.0.conv1", "layer1.1.conv1", "layer2.0.conv1", "layer2.0.downsample.0"], groups["conv1"].Readers.Select(node => node.Name));

        // The image, the stem with the first stage, three streams, eight inner layers, the classes.
        Assert.Equal(1 + 1 + 3 + 8 + 1, groups.Groups.Length);
    }

    [Fact]
    public void AnExcitationGoesWithWhatItExcites()
    {
        ChannelGroups groups = ChannelGroups.Of(PrunedNetworks.Excited());
        Assert.Equal(["wide", "norm", "relu", "pool", "expand", "gate", "excited"], groups["wide"].Values.AsEnumerable());
        Assert.Equal(["reduce", "narrow"], groups["wide"].Readers.Select(node => node.Name));
        Assert.Equal((6, null), (groups["reduce"].Channels, groups["reduce"].Fixed));
    }

    [Fact]
    public void WhatLooksAtAllChannelsKeepsThem()
    {
        foreach ((Operation operation, string label) in new (Operation, string)[]
        {
            (new GroupNorm(4), "group norm 4"), (new LayerNorm(), "layer norm"), (new LocalResponseNorm(5), new LocalResponseNorm(5).Label), (new Softmax(), "softmax"),
            (new Conv2d(16, 3) { Groups = 2, Padding = Padding.Symmetric(1) }, "conv 3x3 groups 2"), (new Conv2d(16, 1) { StandardizeWeight = true }, "conv 1x1 standardized"),
        })
        {
            GraphBuilder builder = new("fixed");
            string x = builder.Add("other", operation, builder.Add("conv", new Conv2d(16, 1), builder.Input("image", 4, 4, 3)));
            builder.Output("y", builder.Add("last", new Conv2d(5, 1), x));
            ChannelGroups groups = ChannelGroups.Of(builder.Build());
            Assert.Equal($"'other' ({label}) takes them as a whole", groups["conv"].Fixed);
            Assert.Equal($"'other' ({label}) takes them as a whole", groups["other"].Fixed);
        }
    }

    [Fact]
    public void LayersThatShareWeightsShareTheirChannels()
    {
        Node[] nodes =
        [
            new("a", new Conv2d(8, 1), ["image"]), new("b", new Conv2d(8, 1), ["image"]), new("c", new Conv2d(9, 1), ["a"]), new("d", new Conv2d(9, 1), ["b"]) { Scope = "c" }, new("last", new Conv2d(2, 1), ["d"]),
        ];
        ChannelGroups groups = ChannelGroups.Of(new Graph("shared", [new NetworkInput("image", 4, 4, 3)], [.. nodes], [new NetworkOutput("other", "c"), new NetworkOutput("y", "last")]));
        Assert.Same(groups["a"], groups["b"]);
        Assert.Same(groups["c"], groups["d"]);
    }

    [Fact]
    public void AnInstanceBatchNormHasChannelsOfTwoKinds()
    {
        ChannelGroups groups = ChannelGroups.Of(ResNet.Trunk(18, new TrunkOptions { Resolution = 32 }, InstanceNorms.A).WithHead(7));
        Assert.Equal([32], groups["layer1.0.bn1"].Splits.AsEnumerable());
        Assert.Equal([3, 1], groups["layer1.0.bn1"].OfKinds([0, 5, 31, 32]));
        Assert.Empty(groups["layer1.0.bn2"].Splits);
    }
}
