using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Networks.Passes;
using Graft.Tensors;

namespace Graft.Tests.Networks.Passes;

public class TruncationTests
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
}
