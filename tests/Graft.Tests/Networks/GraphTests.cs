using Graft.Activations;
using System.Collections.Immutable;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks;

public class GraphTests
{
    private static readonly ImmutableArray<NetworkInput> Image = [new("image", 8, 8, 3)];

    [Fact]
    public void Shapes_and_parameters_follow_the_nodes()
    {
        Graph graph = Small().Build();
        Assert.Equal(["image", "conv", "norm", "pool"], graph.Shapes.Keys);
        Assert.Equal([1, 4, 4, 6], graph.Shapes["norm"]);
        Assert.Equal([7, 6], graph.InferShapes(7)["pool"]);
        Assert.Equal(["conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"], graph.Parameters.Keys);
        Assert.Equal([1, 6], graph.OutputShape("features"));
    }

    [Fact]
    public void Nodes_of_one_scope_share_their_weights()
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
    public void A_graph_that_breaks_a_rule_is_refused()
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
    public void A_network_takes_exactly_its_weights()
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
    public void Random_weights_follow_the_seed_and_the_initializers()
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
