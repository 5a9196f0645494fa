using System.Collections.Immutable;
using Graft.Formats;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

public class KeepChannelsTests
{
    public static TheoryData<string> Names => PrunedNetworks.Names;

    /// <summary>Whatever a channel is, where no layer reads it it is not there.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsLeftComputesWhatTheWholeDoesWithoutReadingTheOthers(string name)
    {
        Network network = PrunedNetworks.Of(name);
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        Dictionary<string, ImmutableArray<int>> kept = PrunedNetworks.Drawn(groups);
        Dictionary<string, Tensor> masked = [];
        foreach (Node reader in groups.Groups.Where(group => kept.ContainsKey(group.Name)).SelectMany(group => group.Readers))
        {
            ImmutableArray<int> channels = kept[groups[reader.Inputs[0]].Name];
            Tensor weight = network.Weight(reader, "weight"), part = new(weight.Shape, weight.Span);
            int inputs = weight.Shape[1], taps = weight.Span.Length / (weight.Shape[0] * inputs);
            for (int i = 0; i < part.Span.Length; i++)
                if (!channels.Contains(i / taps % inputs)) part.Span[i] = 0;
            masked[reader.WeightName("weight")] = part;
        }

        Network less = network.KeepingChannels(groups, kept);
        Assert.True(less.Weights.Values.Sum(weight => weight.Span.Length) < 0.8 * network.Weights.Values.Sum(weight => weight.Span.Length));
        TestNumbers.AssertClose(PrunedNetworks.Run(network.WithWeights(masked)).Values.Last().Span, PrunedNetworks.Run(less).Values.Last().Span, 1e-6, name);
    }

    /// <summary>A channel whose norms have no scale and no shift is zero everywhere, and taken away without a trace.</summary>
    [Theory]
    [InlineData("mobilenet")]
    [InlineData("mobilenet ibn")]
    [InlineData("resnet")]
    [InlineData("resnet ibn")]
    public void ChannelsThatAreZeroAreTakenAwayWithoutATrace(string name)
    {
        Network network = PrunedNetworks.Of(name);
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        Dictionary<string, ImmutableArray<int>> kept = PrunedNetworks.Drawn(groups);
        Dictionary<string, Tensor> zeroed = [];
        foreach (Node norm in network.Graph.Nodes.Where(node => node.Operation is Normalization && kept.ContainsKey(groups[node.Name].Name)))
        {
            ImmutableArray<int> channels = kept[groups[norm.Name].Name];
            foreach (string part in norm.Operation is IbnNorm ? (string[])["IN.", "BN."] : [""])
            {
                int first = part == "BN." ? network.Weight(norm, "IN.weight").Span.Length : 0;
                foreach (string parameter in (string[])["weight", "bias"])
                {
                    Tensor weight = network.Weight(norm, part + parameter), zero = new(weight.Shape, weight.Span);
                    for (int c = 0; c < zero.Span.Length; c++)
                        if (!channels.Contains(first + c)) zero.Span[c] = 0;
                    zeroed[norm.WeightName(part + parameter)] = zero;
                }
            }
        }

        Network whole = network.WithWeights(zeroed), less = whole.KeepingChannels(groups, kept);
        IReadOnlyDictionary<string, Tensor> before = PrunedNetworks.Run(whole), after = PrunedNetworks.Run(less);
        TestNumbers.AssertClose(before["logits"].Span, after["logits"].Span, 1e-6, name);

        // Of taps the channels that are left stand side by side.
        ImmutableArray<int> features = kept[groups[network.Graph.Output("features").Value].Name];
        Assert.Equal([1, features.Length], less.Graph.OutputShape("features"));
        float[] rows = before["features"].Span[..before["features"].Shape[1]].ToArray();
        TestNumbers.AssertClose([.. features.Select(channel => rows[channel])], after["features"].Span[..features.Length], 1e-6, name);
    }

    [Fact]
    public void TheRestIsAsItWasAndGoesThroughAFile()
    {
        Network network = PrunedNetworks.Of("resnet ibn");
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        Network less = network.KeepingChannels(groups, new Dictionary<string, ImmutableArray<int>> { ["layer1.0.conv1"] = [0, 3, 5, 8, 9] });
        IbnNorm norm = Assert.IsType<IbnNorm>(less.Graph.Producer("layer1.0.bn1")!.Operation);
        Assert.Equal(3, norm.InstanceChannels);
        Assert.Equal([5, 16, 3, 3], less.Weights["layer1.0.conv1.weight"].Shape);
        Assert.Equal([16, 5, 3, 3], less.Weights["layer1.0.conv2.weight"].Shape);
        Assert.Equal([network.Weights["layer1.0.bn1.BN.running_mean"].Span[0], network.Weights["layer1.0.bn1.BN.running_mean"].Span[1]], less.Weights["layer1.0.bn1.BN.running_mean"].Span.ToArray());
        Assert.Same(network.Weights["layer2.0.conv1.weight"], less.Weights["layer2.0.conv1.weight"]);
        Assert.Equal(network.Graph.Nodes.Select(node => node.Name), less.Graph.Nodes.Select(node => node.Name));
        using MemoryStream stream = new();
        ModelFile.Save(new Model(less), stream);
        stream.Position = 0;
        Network read = ModelFile.Load(stream, "pruned").Network;
        Assert.Equal(less.Graph.Nodes, read.Graph.Nodes);
        Assert.Equal(PrunedNetworks.Run(less)["logits"].Span.ToArray(), PrunedNetworks.Run(read)["logits"].Span.ToArray());
    }

    [Fact]
    public void ChannelsThatCannotStayAreRefused()
    {
        Network network = PrunedNetworks.Of("resnet ibn");
        ChannelGroups groups = ChannelGroups.Of(network.Graph);
        Refuses("Network 'resnet18_ibn_a_025' has no group of channels 'layer1.0.bn1'.", "layer1.0.bn1", [0]);
        Refuses("No channel of 'classifier' can be taken away: it is the network's output 'logits'.", "classifier", [0]);
        Refuses("Channels that stay are some of the 16 of 'conv1', ascending; these are not: .", "conv1", []);
        Refuses("Channels that stay are some of the 16 of 'conv1', ascending; these are not: 3, 2.", "conv1", [3, 2]);
        Refuses("Channels that stay are some of the 16 of 'conv1', ascending; these are not: 16.", "conv1", [16]);
        Refuses("'layer1.0.conv1' has channels of 2 kinds, and of each some must stay.", "layer1.0.conv1", [0, 1]);

        void Refuses(string message, string name, ImmutableArray<int> channels) =>
            Assert.Equal(message, Assert.Throws<NetworkException>(() => network.KeepingChannels(groups, new Dictionary<string, ImmutableArray<int>> { [name] = channels })).Message);
    }
}
