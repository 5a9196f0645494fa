using System.Collections.Immutable;
using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks;

public class GraphTests
{
    private static readonly ImmutableArray<NetworkInput> Image = [new("image", 8, 8, 3)];

    [Fact]
    public void ShapesAndParametersFollowTheNodes()
    {
        Graph graph = Small().Build();
        Assert.Equal(["image", "conv", "norm", "pool"], graph.Shapes.Keys);
        Assert.Equal([1, 4, 4, 6], graph.Shapes["norm"]);
        Assert.Equal([7, 6], graph.InferShapes(7)["pool"]);
        Assert.Equal(["conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"], graph.Parameters.Keys);
        Assert.Equal([1, 6], graph.OutputShape("features"));
    }

    [Fact]
    public void NodesOfOneScopeShareTheirWeights()
    {
        Graph graph = new(
            "twice",
            Image,
            [new("a", new Conv2d(3, 3) { Padding = Padding.Same }, ["image"]) { Scope = "shared" }, new("b", new Conv2d(3, 3) { Padding = Padding.Same }, ["a"]) { Scope = "shared" }],
            [new("y", "b")]);
        Assert.Equal(["shared.weight"], graph.Parameters.Keys);
        AssertRefusal(
            () => new Graph("twice", Image, [new("a", new Conv2d(4, 3), ["image"]) { Scope = "shared" }, new("b", new Conv2d(4, 3), ["a"]) { Scope = "shared" }], [new("y", "b")]),
            "Node 'b' shares the weight 'shared.weight' of shape [4, 3, 3, 3], but needs [4, 4, 3, 3].");
    }

    [Fact]
    public void AGraphThatBreaksARuleIsRefused()
    {
        Node relu = new("relu", new Activation(ActivationFunction.Relu), ["image"]);
        AssertRefusal(() => new Graph("g", [], [], []), "A network takes at least one input; this one has none.");
        AssertRefusal(() => new Graph("g", Image, [relu], []), "A network gives at least one output; this one has none.");
        AssertRefusal(() => new Graph("g", [.. Image, .. Image], [], [new("y", "image")]), "The name 'image' is used twice.");
        AssertRefusal(() => new Graph("g", Image, [relu, relu], [new("y", "relu")]), "The name 'relu' is used twice.");
        AssertRefusal(() => new Graph("g", Image, [relu], [new("y", "relu"), new("y", "image")]), "The output name 'y' is used twice.");
        AssertRefusal(() => new Graph("g", Image, [relu], [new("y", "sigmoid")]), "Output 'y' names the value 'sigmoid', which nothing computes.");
        AssertRefusal(() => new Graph("g", Image, [relu with { Inputs = ["later"] }], [new("y", "relu")]), "Node 'relu': It takes the value 'later', which no earlier node computes.");
        AssertRefusal(() => new Graph("g", Image, [relu with { Inputs = ["image", "image"] }], [new("y", "relu")]), "Node 'relu': A relu takes 1 value, not 2.");
        AssertRefusal(() => new Graph("g", Image, [new("fc", new Dense(2), ["image"])], [new("y", "fc")]), "Node 'fc': A dense layer takes [batch, features], not [1, 8, 8, 3]. Put a global average pooling before it.");
        AssertRefusal(() => Small().Build().Output("logits"), "Network 'small' has no output 'logits'. It has: features.");
    }

    [Fact]
    public void ANetworkTakesExactlyItsWeights()
    {
        Graph graph = Small().Build();
        Dictionary<string, Tensor> weights = graph.Parameters.ToDictionary(p => p.Key, p => new Tensor(p.Value.Shape));
        Assert.Equal([6, 3, 3, 3], new Network(graph, weights).Weight(graph.Nodes[0], "weight").Shape);

        Dictionary<string, Tensor> missing = new(weights);
        missing.Remove("norm.bias");
        AssertRefusal(() => new Network(graph, missing), "Network 'small' needs the weight 'norm.bias' of shape [6], which was not given.");
        AssertRefusal(() => new Network(graph, new Dictionary<string, Tensor>(weights) { ["norm.bias"] = new([7]) }), "Network 'small' needs the weight 'norm.bias' of shape [6], not [7].");
        AssertRefusal(() => new Network(graph, new Dictionary<string, Tensor>(weights) { ["norm.extra"] = new([7]) }), "Network 'small' has no weight 'norm.extra'.");
    }

    [Fact]
    public void AValueKnowsItsProducerAndItsConsumers()
    {
        GraphBuilder builder = new("uses");
        string image = builder.Input("image", 4, 4, 3), conv = builder.Add("conv", new Conv2d(3, 1), image);
        builder.Add("twice", new Add(), conv, conv);
        builder.Add("sum", new Add(), builder.Add("relu", new Activation(ActivationFunction.Relu), conv), "twice");
        builder.Output("tap", "relu");
        builder.Output("y", "sum");
        Graph graph = builder.Build();
        Assert.Equal(["conv"], graph.Consumers("image").Select(node => node.Name));
        Assert.Equal(["twice", "twice", "relu"], graph.Consumers("conv").Select(node => node.Name));
        Assert.Equal([1, 3, 1, 2, 1, 0], graph.Shapes.Keys.Append("none").Select(graph.Uses));
        Assert.Equal(["conv", null, "sum", null, null], graph.Shapes.Keys.Select(value => graph.SoleConsumer(value)?.Name));
        Assert.Equal([null, "conv", "twice", "relu", "sum", null], graph.Shapes.Keys.Append("none").Select(value => graph.Producer(value)?.Name));
        Assert.Empty(graph.Consumers("sum"));
        Assert.Empty(graph.Consumers("none"));
        Graph shared = new("shared", graph.Inputs, [.. graph.Nodes, new Node("own", new Conv2d(3, 1), ["image"]) { Scope = "conv" }], graph.Outputs);
        Assert.Equal(["conv", "own"], shared.Sharers("conv").Select(node => node.Name));
        Assert.Empty(shared.Sharers("own"));
    }

    [Fact]
    public void ANetworkWithAnotherGraphKeepsTheWeightsThatItNeeds()
    {
        Network network = Network.Random(Small().Build(), 5);
        GraphBuilder builder = new("part");
        string conv = builder.Add("conv", new Conv2d(6, 3), builder.Input("image", 8, 8, 3));
        builder.Output("y", builder.Add("dense", new Dense(2), builder.Add("pool", new GlobalAveragePool(), conv)));
        Graph part = builder.Build();
        Dictionary<string, Tensor> dense = new() { ["dense.weight"] = new([2, 6]), ["dense.bias"] = new([2]), ["other"] = new([1]) };
        Network changed = network.WithGraph(part, dense);
        Assert.Equal(["conv.weight", "dense.bias", "dense.weight"], changed.Weights.Keys.Order());
        Assert.Same(network.Weights["conv.weight"], changed.Weights["conv.weight"]);
        Assert.Same(dense["dense.weight"], changed.Weights["dense.weight"]);
        AssertRefusal(() => network.WithGraph(part), "Network 'part' needs the weight 'dense.weight' of shape [2, 6], which was not given.");

        Dictionary<string, Tensor> bias = new() { ["norm.bias"] = new([6], [1, 2, 3, 4, 5, 6]), ["other"] = new([1]) };
        Network other = network.WithWeights(bias);
        Assert.Same(network.Graph, other.Graph);
        Assert.Same(bias["norm.bias"], other.Weights["norm.bias"]);
        Assert.Same(network.Weights["norm.weight"], other.Weights["norm.weight"]);
        Assert.Equal(network.Weights.Count, other.Weights.Count);
        bias["norm.bias"] = new([7]);
        AssertRefusal(() => network.WithWeights(bias), "Network 'small' needs the weight 'norm.bias' of shape [6], not [7].");
    }

    [Fact]
    public void AFreshNameIsBorneByNothing()
    {
        Node a = new("a", new Conv2d(3, 1), ["image"]) { Scope = "shared" }, b = new("b", new Conv2d(3, 1), ["a"]) { Scope = "shared" };
        Graph graph = new("g", Image, [a, b, new("b_1", new Add(), ["a", "b"])], [new("y", "b")]);
        FreshNames names = new(graph);
        string[] wanted = ["image", "a", "shared", "b", "y", "c", "c", "c"];
        Assert.Equal(["image_1", "a_1", "shared_1", "b_2", "y_1", "c", "c_1", "c_2"], wanted.Select(names.Take));
        Assert.True(names.TryTake("d"));
        Assert.False(names.TryTake("d"));
    }

    [Fact]
    public void AGraphIsAddedUnderAPrefix()
    {
        Node conv = new("conv", new Conv2d(3, 1), ["image"]) { Scope = "shared" };
        Graph pair = new("pair", [.. Image, new("other", 8, 8, 3)], [conv, new("sum", new Add(), ["conv", "other"])], [new("y", "sum")]);
        GraphBuilder builder = new("joined");
        string x = builder.Input("x", 8, 8, 3);
        string first = builder.Add(pair, "p.", [x, x])("sum"), second = builder.Add(pair, "q.", [first, x], "p.")("sum");
        builder.Output("z", second);
        Graph graph = builder.Build();
        Assert.Equal(
            ["p.conv <- x", "p.sum <- p.conv x", "q.conv <- p.sum", "q.sum <- q.conv x"], graph.Nodes.Select(node => $"{node.Name} <- {string.Join(' ', node.Inputs)}"));
        Assert.Equal(["p.shared.weight"], graph.Parameters.Keys);
        Assert.Equal("q.sum", graph.Outputs[0].Value);
        AssertRefusal(() => builder.Add(pair, "r.", [x]), "'pair' takes 2 inputs, not 1.");
    }

    [Fact]
    public void RandomWeightsFollowTheSeedAndTheInitializers()
    {
        Graph graph = Small(64).Build();
        Network network = Network.Random(graph, 5);
        float[] weight = network.Weights["conv.weight"].Span.ToArray();
        Assert.Equal(weight, Network.Random(graph, 5).Weights["conv.weight"].Span.ToArray());
        Assert.NotEqual(weight, Network.Random(graph, 6).Weights["conv.weight"].Span.ToArray());
        Assert.All(network.Weights["norm.running_var"].Span.ToArray(), value => Assert.Equal(1, value));

        // Standard deviation sqrt(2 / (3 x 3 x 64)) from 1728 samples: within five standard errors.
        double deviation = Math.Sqrt(weight.Average(w => (double)w * w)), expected = Math.Sqrt(2.0 / (9 * 64));
        Assert.InRange(deviation / expected, 1 - (5 / Math.Sqrt(2 * 1728)), 1 + (5 / Math.Sqrt(2 * 1728)));
        Assert.InRange(weight.Average(), -5 * expected / Math.Sqrt(1728), 5 * expected / Math.Sqrt(1728));
    }

    private static GraphBuilder Small(int channels = 6)
    {
        GraphBuilder builder = new("small");
        string value = builder.Input("image", 8, 8, 3);
        value = builder.Add("conv", new Conv2d(channels, 3) { Stride = 2, Padding = Padding.Same }, value);
        value = builder.Add("norm", new BatchNorm(), value);
        builder.Output("features", builder.Add("pool", new GlobalAveragePool(), value));
        return builder;
    }

    private static void AssertRefusal(Func<object> make, string message) => Assert.Equal(message, Assert.Throws<NetworkException>(make).Message);
}
