using Graft.Formats.Keras;
using Graft.Models;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Tests.Formats;

public class KnownTrunkTests
{
    [Theory]
    [InlineData("mobilenetv1_025", true)]
    [InlineData("mobilenetv1_050", false)]
    [InlineData("mobilenetv2_025", true)]
    [InlineData("mobilenetv2_035", false)]
    [InlineData("mobilenetv2_050", false)]
    public void AKerasModelOfAKnownStructureTakesOurNamesAndWeights(string name, bool convolutionalHead)
    {
        TrunkOptions options = new() { Resolution = 64, SamePadding = true, Epsilon = 1e-3f };
        Graph ours = Architectures.Get(name).Trunk(options).WithHead(3, dropout: 0);
        Network network = Network.Random(ours, 5);
        Model read = Tfjs.Read(new MemoryFiles(KerasExport.Write(network, convolutionalHead)), "model.json").Model;
        Graph graph = read.Network.Graph;
        Assert.Equal(name, graph.Architecture);
        Assert.Equal(ours.Outputs, graph.Outputs);
        Assert.Equal(ours.Nodes.Select(n => (n.Name, string.Join(',', n.Inputs))), graph.Nodes.Select(n => (n.Name, string.Join(',', n.Inputs))));
        Assert.Equal(network.Weights.Count, read.Network.Weights.Count);
        foreach ((string weight, Tensor value) in network.Weights) Assert.Equal(value.Span.ToArray(), read.Network.Weights[weight].Span.ToArray());
    }

    [Fact]
    public void AnotherStructureKeepsItsNames()
    {
        Graph trunk = Architectures.Get("mobilenetv2_025").Trunk(new TrunkOptions { Resolution = 64, SamePadding = true });
        Node[] nodes = [.. trunk.Nodes];
        int at = Array.FindIndex(nodes, n => n.Name == "bn2.act");
        nodes[at] = nodes[at] with { Inputs = ["conv_head"] };
        Graph changed = new(trunk.Architecture, trunk.Inputs, [.. nodes], [new NetworkOutput("features", "global_pool")]);
        Model read = Tfjs.Read(new MemoryFiles(KerasExport.Write(Network.Random(changed, 5), false)), "model.json").Model;
        Assert.Equal("keras_model", read.Network.Graph.Architecture);
        Assert.Equal("layer_0", read.Network.Graph.Nodes[0].Name);
        Assert.Equal(["features"], read.Network.Graph.Outputs.Select(o => o.Name));
    }
}
