using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Inference;
using Graft.Tests.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Networks.Passes;

public class FoldTests
{
    private const double Tolerance = 1e-5;

    [Fact]
    public void RandomGraphsComputeTheSame()
    {
        int folded = 0;
        for (int seed = 0; seed < 80; seed++)
        {
            Graph graph = new RandomGraphs(seed).Build();
            int number = seed;
            graph = graph.With(operation => operation switch
            {
                Conv2d convolution => convolution with { StandardizeWeight = number++ % 3 == 0 },
                BatchNorm => Kind(number++),
                _ => operation,
            });
            folded += AssertSame(TestNetworks.WithTestWeights(graph));
        }

        Assert.True(folded > 50, $"Only {folded} norms were folded: that proves little.");
    }

    [Fact]
    public void AMobileNetHasNoNormLeft()
    {
        Network network = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }).WithHead(5));
        Assert.Equal(52, AssertSame(network));
        Network folded = network.FoldNormalization();
        Assert.DoesNotContain(folded.Graph.Nodes, node => node.Operation is BatchNorm);

        // What the norm's value was called is called by the layer's name.
        Assert.Equal(["conv_stem", "conv_stem.bias", "conv_stem.weight"], [folded.Graph.Nodes[0].Name, .. folded.Weights.Keys.Where(name => name.StartsWith("conv_stem", StringComparison.Ordinal)).Order()]);
    }

    [Fact]
    public void StandardizedWeightsBecomePlainOnesAlone()
    {
        Network network = BatchStatisticsTests.Small(new BatchNorm(), standardize: true), plain = network.FoldStandardization();
        Assert.DoesNotContain(plain.Graph.Nodes, node => node.Operation is Conv2d { StandardizeWeight: true });
        Assert.Equal(network.Graph.Nodes.Select(node => node.Name), plain.Graph.Nodes.Select(node => node.Name));
        AssertEqual(network, plain);
        Assert.Same(plain, plain.FoldStandardization());
    }

    [Fact]
    public void WhatOthersLookAtOrShareStays()
    {
        GraphBuilder builder = new("test");
        string x = builder.Input("x", 5, 5, 3);
        string tapped = builder.Add("tapped", new Conv2d(4, 1), x);
        builder.Output("tap", tapped);
        string shared = builder.Add("own", new Conv2d(4, 3) { Padding = Padding.Same }, builder.Add("norm1", new BatchNorm(), tapped));
        string none = builder.Add("norm3", new BatchNorm { Statistics = RunningStatistics.None }, builder.Add("plain", new Conv2d(4, 1), builder.Add("norm2", new BatchNorm(), shared)));
        builder.Output("y", builder.Add("norm4", new BatchNorm(), builder.Add("dense", new Dense(3), builder.Add("pool", new GlobalAveragePool(), none))));
        Graph graph = builder.Build();
        graph = new Graph(graph.Architecture, graph.Inputs, [.. graph.Nodes, new Node("twin", new Conv2d(4, 3) { Padding = Padding.Same }, ["tapped"]) { Scope = "own" }], [.. graph.Outputs, new NetworkOutput("z", "twin")]);
        Network network = TestNetworks.WithTestWeights(graph);
        Assert.Equal(2, AssertSame(network));
        Network folded = network.FoldNormalization();
        Assert.Equal(["norm1", "norm3"], folded.Graph.Nodes.Where(node => node.Operation is BatchNorm).Select(node => node.Name));
        Assert.Equal("own_1", folded.Graph.Nodes.Single(node => node.Name == "own").Scope);
        Assert.Equal(network.Weights["own.weight"].Span, folded.Weights["own.weight"].Span);
    }

    private static BatchStatisticsNorm Kind(int number) => (number % 5) switch
    {
        0 => new BatchNorm(),
        1 => new GhostBatchNorm(3) { Epsilon = 1e-3f },
        2 => new SyncBatchNorm { IsAffine = false },
        3 => new BatchRenorm(),
        _ => new BatchNorm { Statistics = RunningStatistics.Cumulative },
    };

    private static int AssertSame(Network network)
    {
        Network folded = network.FoldNormalization();
        AssertEqual(network, folded);
        return network.Graph.Nodes.Length - folded.Graph.Nodes.Length;
    }

    private static void AssertEqual(Network expected, Network actual)
    {
        Tensor images = Images(expected.Graph, 2);
        Dictionary<string, Tensor> inputs = new() { [expected.Graph.Inputs[0].Name] = images };
        IReadOnlyDictionary<string, Tensor> wanted = ReferencePlan.Run(expected, inputs), got = ReferencePlan.Run(actual, inputs);
        Assert.Equal(wanted.Keys, got.Keys);
        foreach ((string name, Tensor value) in wanted) AssertNear(value.Span, got[name].Span, Tolerance, $"{expected.Graph.Architecture}, {name}");

        // Where the plan folds itself, it must come to the same.
        if (expected.Graph.Nodes.Any(node => node.Operation is BatchStatisticsNorm { Statistics: RunningStatistics.None })) return;
        using InferenceSession session = InferencePlan.Compile(expected, new InferenceOptions { Threads = 1 }).CreateSession();
        session.Run(images.Span, 2);
        string main = expected.Graph.Outputs[^1].Name;
        AssertNear(wanted[main].Span, session.Output(main), 3e-5, $"{expected.Graph.Architecture}, the plan");
    }
}
