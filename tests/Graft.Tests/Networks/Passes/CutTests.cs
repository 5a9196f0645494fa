using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

public class CutTests
{
    /// <summary>Other programs call a hidden layer as this library calls a head's: a head can be grafted on all the same.</summary>
    [Fact]
    public void TheNamesOfAHeadAreFreeInATrunk()
    {
        GraphBuilder builder = new("other");
        string x = builder.Add("pool", new GlobalAveragePool(), builder.Input("image", 4, 4, 3));
        x = builder.Add("dropout", new Dropout(0.5f), x);
        x = builder.Add("classifier", new Dense(5), x);
        builder.Output("hidden", x);
        x = builder.Add("act", new Activation(ActivationFunction.Relu), x);
        builder.Output(ClassifierHead.Features, x);
        builder.Output(ClassifierHead.Logits, builder.Add("head", new Dense(2), x));
        Network network = TestNetworks.WithTestWeights(builder.Build()), trunk = network.Trunk();
        Assert.Equal(["pool", "trunk_dropout", "trunk_classifier", "act"], trunk.Graph.Nodes.Select(node => node.Name));
        Assert.Equal(["trunk_classifier.bias", "trunk_classifier.weight"], trunk.Weights.Keys.Order());

        Graph grafted = trunk.Graph.WithHead(7);
        Assert.Equal([1, 7], grafted.OutputShape(ClassifierHead.Logits));
        Dictionary<string, Tensor> image = new() { ["image"] = TestNumbers.UniformTensor([2, 4, 4, 3], 3) };
        foreach (string output in (string[])["hidden", "features"])
            Assert.Equal(ReferencePlan.Run(network, image)[output].Span.ToArray(), ReferencePlan.Run(trunk, image)[output].Span.ToArray());
    }

    /// <summary>The output <c>whole</c> depends on the image by two ways, <c>pooled</c> on what <c>conv</c> makes of it.</summary>
    private static Network TwoWays()
    {
        GraphBuilder builder = new("ways");
        string image = builder.Input("image", 4, 4, 3), conv = builder.Add("conv", new Conv2d(5, 1), image);
        string relu = builder.Add("relu", new Activation(ActivationFunction.Relu), conv);
        string next = builder.Add("sum", new Add(), builder.Add("next", new Conv2d(5, 1), relu), conv);
        builder.Output("map", next);
        builder.Output("whole", builder.Add("both", new Add(), next, builder.Add("side", new Conv2d(5, 1), image)));
        builder.Output("pooled", builder.Add("dense", new Dense(2), builder.Add("pool", new GlobalAveragePool(), next)));
        return TestNetworks.WithTestWeights(builder.Build());
    }

    [Fact]
    public void ThePartsBetweenValuesComputeWhatTheWholeDoes()
    {
        Network network = TwoWays();
        Network before = network.Between(["image"], new NetworkOutput("c", "conv"));
        Network after = network.Between(["conv"], new NetworkOutput("m", "sum"), new NetworkOutput("p", "dense"));
        Assert.Equal(["conv"], before.Graph.Nodes.Select(node => node.Name));
        Assert.Equal(["conv.weight"], before.Weights.Keys);
        Assert.Equal([new NetworkInput("conv", 4, 4, 5)], after.Graph.Inputs.AsEnumerable());
        Assert.Equal(["relu", "next", "sum", "pool", "dense"], after.Graph.Nodes.Select(node => node.Name));
        Assert.Equal(["dense.bias", "dense.weight", "next.weight"], after.Weights.Keys.Order());

        Dictionary<string, Tensor> image = new() { ["image"] = TestNumbers.UniformTensor([2, 4, 4, 3], 3) };
        IReadOnlyDictionary<string, Tensor> whole = ReferencePlan.Run(network, image);
        Dictionary<string, Tensor> map = new() { ["conv"] = ReferencePlan.Run(before, image)["c"] };
        IReadOnlyDictionary<string, Tensor> parts = ReferencePlan.Run(after, map);
        Assert.Equal(whole["map"].Span.ToArray(), parts["m"].Span.ToArray());
        Assert.Equal(whole["pooled"].Span.ToArray(), parts["p"].Span.ToArray());
    }

    [Fact]
    public void SeveralValuesMayBecomeInputs()
    {
        Graph part = TwoWays().Graph.Between(["side", "sum", "image"], new NetworkOutput("whole", "both"));
        Assert.Equal(["side", "sum", "image"], part.Inputs.Select(input => input.Name));
        Assert.Equal(["both"], part.Nodes.Select(node => node.Name));
        Graph none = TwoWays().Graph.Between(["sum"], new NetworkOutput("same", "sum"));
        Assert.Empty(none.Nodes);
    }

    [Fact]
    public void APartThatDependsOnMoreIsRefused()
    {
        Graph graph = TwoWays().Graph;
        Assert.Equal(
            "The part of 'ways' takes 'sum' alone, but it depends on 'image' by another way, too.",
            Assert.Throws<NetworkException>(() => graph.Between(["sum"], new NetworkOutput("whole", "both"))).Message);
        Assert.Equal("Network 'ways' has no value 'none'.", Assert.Throws<NetworkException>(() => graph.Between(["image", "none"], graph.Outputs[0])).Message);
        Assert.Equal(
            "An input is a map [batch, height, width, channels], and the value 'pool' of 'ways' is [1, 5]. Cut before it.",
            Assert.Throws<NetworkException>(() => graph.Between(["pool"], graph.Outputs[2])).Message);
        string[] values = ["conv", "relu", "sum", "pool", "dense", "side", "image"];
        Assert.Equal(["conv", "sum", "pool", "dense", "image"], values.Where(value => graph.Separates(value, graph.Outputs[2])));
        Assert.Equal(["image"], values.Where(value => graph.Separates(value, graph.Outputs[1])));
    }
}
