using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Gradients of small graphs in which steps meet in unusual ways, against the references and against finite differences.</summary>
public class TrainingGraphTests
{
    private static readonly BatchNorm Norm = new() { Epsilon = 1e-3f };

    private static readonly Activation Silu = new(ActivationFunction.Silu), Relu6 = new(ActivationFunction.Relu6), Identity = new(ActivationFunction.Identity);

    /// <summary>Every graph ends in its main output; the taps before are differentiated too.</summary>
    private static readonly Dictionary<string, Action<GraphBuilder>> Graphs = new()
    {
        ["a value that is added to itself"] = b => End(b, b.Add("add", new Add(), Block(b, "a", b.Input("x", 5, 3, 3), 5), "a.act")),
        ["an input that is added to itself"] = b => End(b, Block(b, "a", b.Add("add", new Add(), b.Input("x", 5, 3, 3), "x"), 5)),
        ["a residual"] = b => End(b, b.Add("add", new Add(), Block(b, "b", Block(b, "a", b.Input("x", 4, 5, 3), 6), 6), "a.act")),
        ["a chain of residuals of linear blocks"] = b =>
        {
            string value = b.Add("n0", Norm, b.Add("c0", new Conv2d(7, 1), b.Input("x", 3, 5, 4)));
            for (int i = 1; i < 4; i++) value = b.Add($"add{i}", new Add(), value, b.Add($"n{i}", Norm, b.Add($"c{i}", new Conv2d(7, 1), value)));
            End(b, value);
        },
        ["taps of one value under two names"] = b =>
        {
            string value = Block(b, "a", b.Input("x", 4, 4, 3), 5);
            b.Output("tap", value);
            b.Output("twin", value);
            End(b, value);
        },
        ["taps in front of norm and activation"] = b =>
        {
            Block(b, "a", b.Input("x", 4, 4, 3), 5);
            b.Output("raw", "a.conv");
            b.Output("normalized", "a.norm");
            End(b, Block(b, "b", "a.act", 4));
        },
        ["a norm of the input"] = b => End(b, b.Add("norm", Norm, b.Input("x", 4, 3, 3))),
        ["a norm of a pooled value, and a dense layer"] = b => b.Output("y", b.Add("dense", new Dense(2), b.Add("norm", Norm, b.Add("pool", new GlobalAveragePool(), Block(b, "a", b.Input("x", 4, 3, 3), 18))))),
        ["a norm behind a dense layer, and its activation"] = b => End(b, b.Add("act", Relu6, b.Add("norm", Norm, b.Add("dense", new Dense(19), b.Add("pool", new GlobalAveragePool(), b.Input("x", 2, 2, 5)))))),
        ["an activation behind an addition"] = b => End(b, Block(b, "b", b.Add("act", Relu6, b.Add("add", new Add(), Block(b, "a", b.Input("x", 5, 4, 6), 6), "x")), 3)),
        ["a norm behind an activation behind a norm"] = b => End(b, b.Add("second", Norm, Block(b, "a", b.Input("x", 4, 4, 3), 5))),
        ["two activations"] = b => End(b, b.Add("second", new Activation(ActivationFunction.HardSwish), b.Add("first", Relu6, Block(b, "a", b.Input("x", 4, 4, 3), 5)))),
        ["a bias in front of a norm"] = b => End(b, b.Add("act", Silu, b.Add("norm", Norm, b.Add("conv", new Conv2d(9, 3) { HasBias = true, Padding = Padding.Same }, b.Input("x", 5, 4, 3))))),
        ["a value under another name that two take"] = b =>
        {
            string conv = b.Add("conv", new Conv2d(6, 1), b.Input("x", 4, 3, 3));
            End(b, b.Add("add", new Add(), b.Add("norm", Norm, b.Add("same", Identity, conv)), b.Add("act", Relu6, b.Add("kept", new Dropout(0), conv))));
        },
        ["a depthwise convolution between blocks"] = b =>
        {
            string expanded = Block(b, "a", b.Input("x", 7, 6, 3), 18, Relu6);
            string middle = b.Add("dw.act", Relu6, b.Add("dw.norm", Norm, b.Add("dw", Conv2d.Depthwise(18, 3) with { Stride = 2, HasBias = true }, expanded)));
            End(b, b.Add("project.norm", Norm, b.Add("project", new Conv2d(5, 1), middle)));
        },
        ["depthwise convolutions that skip pixels"] = b =>
        {
            string value = b.Add("first", Conv2d.Depthwise(5, 2) with { Stride = 3, Padding = Padding.None }, b.Add("norm", Norm, b.Input("x", 10, 11, 5)));
            End(b, b.Add("second", Conv2d.Depthwise(5, 1) with { Stride = 2, Padding = Padding.None }, value));
        },
        ["convolutions with groups and dilation"] = b =>
        {
            string value = Block(b, "a", b.Input("x", 6, 7, 4), 8, Relu6);
            value = b.Add("n1", Norm, b.Add("grouped", new Conv2d(12, 3) { Groups = 4, Stride = 2, Padding = Padding.Symmetric(1) }, value));
            End(b, b.Add("dilated", Conv2d.Depthwise(12, 3) with { Dilation = 2, Padding = Padding.Symmetric(2) }, value));
        },
        ["pooling, resizing and softmax behind norms"] = b =>
        {
            string value = b.Add("max", new Pool2d(PoolFunction.Max, 3) { Stride = 2, Padding = Padding.Symmetric(1) }, Block(b, "a", b.Input("x", 7, 6, 3), 5));
            value = b.Add("resize", new Resize(5, 6, ResizeMode.Bilinear), b.Add("n1", Norm, value));
            value = b.Add("average", new Pool2d(PoolFunction.Average, 2), b.Add("n2", Norm, value));
            b.Output("y", b.Add("softmax", new Softmax(), b.Add("dense", new Dense(3), b.Add("pool", new GlobalAveragePool(), b.Add("n3", Norm, value)))));
        },
        ["a frame wider than a block of rows"] = b => End(b, Block(b, "b", Block(b, "a", b.Input("x", 23, 37, 3), 40, Relu6), 70)),
    };

    public static TheoryData<string> Names() => [.. Graphs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void APlanEqualsTheReference(string name)
    {
        Network network = TestNetworks.WithTestWeights(Graph(name));
        foreach (bool batchStatistics in (bool[])[true, false])
        {
            foreach (bool inputGradient in (bool[])[true, false])
            {
                foreach (int count in (int[])[3, 4])
                    AssertEqualsReference(network, Options(network.Graph, batchStatistics, inputGradient), count, 1e-4, $"batch statistics {batchStatistics}, {count} images: ");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ABatchOfOneEqualsTheReference(string name)
    {
        Network network = TestNetworks.WithTestWeights(Graph(name));

        // Over one pixel, the variance is zero and its root's reciprocal makes rounding large.
        bool hasPixels = network.Graph.Nodes.Where(node => node.Operation is BatchNorm).All(node => network.Graph.Shapes[node.Name] is { Rank: 4 } shape && shape[1] * shape[2] > 1);
        AssertEqualsReference(network, Options(network.Graph, batchStatistics: hasPixels, inputGradient: true) with { Batch = 1 }, 1, 5e-5);
    }

    /// <summary>The work is cut into at most 16 parts.</summary>
    [Theory]
    [InlineData("a residual")]
    [InlineData("a depthwise convolution between blocks")]
    [InlineData("convolutions with groups and dilation")]
    [InlineData("pooling, resizing and softmax behind norms")]
    public void ABatchLargerThanTheNumberOfPartsEqualsTheReference(string name)
    {
        Network network = TestNetworks.WithTestWeights(Graph(name));
        AssertEqualsReference(network, Options(network.Graph, batchStatistics: true, inputGradient: true) with { Batch = 37 }, 35, 2e-5);
    }

    /// <summary>What the references say is itself checked here, once for whole graphs, by moving weights.</summary>
    [Theory]
    [InlineData("a residual")]
    [InlineData("taps in front of norm and activation")]
    [InlineData("a norm of a pooled value, and a dense layer")]
    [InlineData("pooling, resizing and softmax behind norms")]
    public void GradientsAreThoseOfFiniteDifferences(string name)
    {
        const int Count = 3;
        Network network = TestNetworks.WithTestWeights(Graph(name).Smooth().With(o => o is Pool2d pool ? pool with { Function = PoolFunction.Average } : o));
        TrainingOptions options = Options(network.Graph, batchStatistics: true, inputGradient: false);
        using TrainingPlan plan = TrainingPlan.Compile(network, options).Run(options, Count);
        Dictionary<string, float[]> outputs = OutputGradients(network.Graph, options, Count);
        double largest = plan.Weights.Max(weight => TestNumbers.Norm(weight.Gradient.Span));
        foreach (TrainedWeight weight in plan.Weights)
        {
            // The gradient's own direction gives its norm.
            float[] start = weight.Value.Span.ToArray(), gradient = weight.Gradient.Span.ToArray();
            double norm = TestNumbers.Norm(gradient), step = 0.01 * Math.Max(0.1, TestNumbers.Norm(start));
            if (norm < 1e-4 * largest) continue;
            double Loss(double distance)
            {
                for (int i = 0; i < start.Length; i++) weight.Value.Span[i] = (float)(start[i] + (distance * gradient[i] / norm));
                plan.WeightsChanged();
                plan.Forward(Count);
                return outputs.Sum(o => o.Value.Zip(plan.Output(o.Key).Span[..o.Value.Length].ToArray(), (a, b) => (double)a * b).Sum());
            }

            double slope = ((8 * (Loss(step) - Loss(-step))) - (Loss(2 * step) - Loss(-2 * step))) / (12 * step);
            Assert.True(Math.Abs(slope - norm) <= (5e-3 * norm) + (2e-4 * largest), $"{weight.Name}: {norm}, not {slope}");
            Loss(0);
        }
    }

    [Fact]
    public void SharedWeightsAddTheirGradients()
    {
        GraphBuilder builder = new("shared");
        string value = Block(builder, "a", builder.Input("x", 4, 5, 6), 6);
        End(builder, Block(builder, "c", Block(builder, "b", value, 6), 5));
        Graph apart = builder.Build();
        Graph shared = new("shared", apart.Inputs, [.. apart.Nodes.Select(node => node with { Scope = node.Name.Replace("b.", "a.", StringComparison.Ordinal) })], apart.Outputs);
        Network network = TestNetworks.WithTestWeights(shared);
        Network copies = new(apart, apart.Parameters.ToDictionary(p => p.Key, p => network.Weights[p.Key.Replace("b.", "a.", StringComparison.Ordinal)]));
        TrainingOptions options = Options(shared, batchStatistics: true, inputGradient: true);
        AssertEqualsReference(network, options, 4, 2e-5);

        using TrainingPlan one = TrainingPlan.Compile(network, options).Run(options, 4), two = TrainingPlan.Compile(copies, options).Run(options, 4);
        Dictionary<string, float[]> gradients = two.Weights.ToDictionary(w => w.Name, w => w.Gradient.Span.ToArray());
        foreach (TrainedWeight weight in one.Weights)
        {
            float[] sum = gradients[weight.Name];
            if (weight.Name.StartsWith("a.", StringComparison.Ordinal)) sum = [.. sum.Zip(gradients["b." + weight.Name[2..]], (a, b) => a + b)];
            AssertNear(sum, weight.Gradient.Span, 1e-6, weight.Name);
        }
    }

    /// <summary>Far from the running mean, float32 sums about it would lose the variance.</summary>
    [Theory]
    [InlineData(10, 1e-4)]
    [InlineData(100, 2e-4)]
    public void ANormOfValuesFarFromZeroEqualsTheReference(float offset, double tolerance)
    {
        GraphBuilder builder = new("far");
        builder.Output("y", builder.Add("norm", Norm, builder.Add("conv", new Conv2d(5, 1) { HasBias = true }, builder.Input("x", 9, 11, 3))));
        Graph graph = builder.Build();
        Dictionary<string, Tensor> weights = new(TestNetworks.WithTestWeights(graph).Weights) { ["conv.bias"] = UniformTensor([5], 1, 0, offset) };

        // The bias's own gradient is zero but for rounding.
        AssertEqualsReference(new Network(graph, weights), Options(graph, batchStatistics: true, inputGradient: false) with { Trainable = name => name != "conv.bias" }, 4, tolerance);
    }

    private static TrainingOptions Options(Graph graph, bool batchStatistics, bool inputGradient) => new()
    {
        Batch = 4,
        Threads = 2,
        BatchStatistics = batchStatistics,
        InputGradient = inputGradient,
        Outputs = [.. graph.Outputs.Select(output => output.Name)],
    };

    private static Graph Graph(string name)
    {
        GraphBuilder builder = new(name);
        Graphs[name](builder);
        return builder.Build();
    }

    private static void End(GraphBuilder builder, string value) => builder.Output("y", value);

    private static string Block(GraphBuilder builder, string name, string input, int channels, Operation? activation = null)
    {
        string value = builder.Add($"{name}.conv", new Conv2d(channels, 1), input);
        return builder.Add($"{name}.act", activation ?? Silu, builder.Add($"{name}.norm", Norm, value));
    }
}
