using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;
using static Graft.Testing.TestNumbers;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Networks.Passes;

public class ReplaceNormsTests
{
    public static TheoryData<string> Names => [.. NormalizationNames.All];

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyNamedNormalizationGoesIntoAMobileNetAndTrains(string name)
    {
        Network network = TestNetworks.WithTestWeights(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = 32 }).WithHead(5, dropout: 0));
        ReplacedNormalization replaced = network.ReplaceNormalization(NormalizationNames.Make(name));
        Assert.Equal(52, replaced.Count);
        Assert.Equal(name is "none" ? 0 : 52, replaced.Network.Graph.Nodes.Count(node => ReplaceNorms.IsNormalization(node.Operation)));
        Assert.Equal(network.Graph.OutputShape("logits"), replaced.Network.Graph.OutputShape("logits"));
        foreach ((string weight, Tensor tensor) in network.Weights)
        {
            bool isKept = replaced.Network.Weights.TryGetValue(weight, out Tensor? now) && !weight.Contains("running");
            if (weight.Contains("bn") && name is not ("none" or "rms" or "ibn") && !weight.Contains("running")) Assert.True(isKept, weight);
            if (isKept && name is not "none") Assert.Equal(tensor.Span, now!.Span);
        }

        TrainingOptions options = new() { Batch = 4, Threads = 2 };
        using TrainingPlan plan = TrainingPlan.Compile(replaced.Network, options).Run(options, 4);
        Assert.Null(plan.FirstNonFinite());
        Assert.All(plan.Weights, weight => Assert.True(float.IsFinite(weight.Gradient.Span[0]), weight.Name));
        using InferenceSession session = InferencePlan.Compile(plan.ToNetwork()).CreateSession();
        session.Run(Images(network.Graph, 1).Span);
        Assert.True(float.IsFinite(session.Output("logits")[0]));
    }

    [Fact]
    public void FromBatchNormToAnotherNothingChangesInInference()
    {
        Network network = BatchStatisticsTests.Small(new BatchNorm { Epsilon = 1e-3f, Momentum = 0.05f });
        foreach (string name in (string[])["renorm", "ghost", "sync", "batch"])
        {
            ReplacedNormalization replaced = network.ReplaceNormalization(NormalizationNames.Make(name));
            Assert.False(replaced.MustBeTrained);
            BatchStatisticsNorm norm = (BatchStatisticsNorm)replaced.Network.Graph.Nodes.Single(node => node.Name == "norm1").Operation;
            Assert.Equal((1e-3f, 0.05f), (norm.Epsilon, norm.Momentum));
            Assert.Equal(Run(network), Run(replaced.Network));
        }

        Assert.Equal(
            "4 normalizations of 'test' are now ghost batch norm of 8, with the same scales, shifts and statistics: in inference it computes what it did.",
            network.ReplaceNormalization(NormalizationNames.Make("ghost")).Report);
    }

    [Fact]
    public void ScaleAndShiftAreKeptAndStatisticsAreNot()
    {
        Network network = BatchStatisticsTests.Small(new BatchNorm());
        ReplacedNormalization replaced = network.ReplaceNormalization(channels => new GroupNorm(channels / 4));
        Assert.True(replaced.MustBeTrained);
        Assert.Equal(
            "4 normalizations of 'test' are now group norm 4: scales and shifts were kept where they fit, statistics were dropped. The network computes something else than before and must be trained again.",
            replaced.Report);
        foreach (string name in replaced.Network.Weights.Keys) Assert.Equal(network.Weights[name].Span, replaced.Network.Weights[name].Span);
        Assert.DoesNotContain(replaced.Network.Graph.Parameters.Values, parameter => parameter.IsBuffer);

        // Back again the statistics are those of a new network.
        ReplacedNormalization back = replaced.Network.ReplaceNormalization(_ => new BatchNorm());
        Assert.True(back.MustBeTrained);
        Assert.Equal(network.Graph.Nodes, back.Network.Graph.Nodes);
        Assert.Equal(network.Weights["norm2.weight"].Span, back.Network.Weights["norm2.weight"].Span);
        Assert.Equal(new float[16], back.Network.Weights["norm2.running_mean"].Span);
        Assert.Equal(Enumerable.Repeat(1f, 16), back.Network.Weights["norm2.running_var"].Span.ToArray());
    }

    [Fact]
    public void WithoutANormalizationItsScaleAndShiftAreInTheLayerBeforeIt()
    {
        Network network = BatchStatisticsTests.Small(new BatchNorm()), bare = network.ReplaceNormalization(_ => null).Network;

        // As if the statistics were 0 and 1, where there is a layer before.
        Network unit = new(network.Graph, network.Weights.ToDictionary(w => w.Key, w => w.Key switch
        {
            _ when w.Key.EndsWith("running_mean", StringComparison.Ordinal) => new Tensor(w.Value.Shape),
            _ when w.Key.EndsWith("running_var", StringComparison.Ordinal) => Filled(w.Value.Shape, 1 - 1e-5f),
            "norm4.weight" => Filled(w.Value.Shape, 1),
            "norm4.bias" => new Tensor(w.Value.Shape),
            _ => w.Value,
        }));
        AssertNear(Run(unit), Run(bare), 1e-5);
        Assert.Equal(["stem", "relu1", "deep", "relu2", "wide", "sum", "last"], bare.Graph.Nodes.Select(node => node.Name));
        Assert.Equal(["relu2", "sum"], [bare.Graph.Nodes[3].Name, bare.Graph.Nodes[6].Inputs[0]]);
    }

    [Fact]
    public void TheThresholdOfFilterResponseNormStandsForTheActivation()
    {
        Network network = BatchStatisticsTests.Small(new BatchNorm());
        Network response = network.ReplaceNormalization(NormalizationNames.Make("frn")).Network;
        Assert.Equal(["stem", "norm1", "deep", "norm2", "wide", "norm3", "sum", "norm4", "last"], response.Graph.Nodes.Select(node => node.Name));
        Assert.Equal([true, true, false, false], response.Graph.Nodes.Select(node => node.Operation).OfType<FilterResponseNorm>().Select(norm => norm.HasThreshold));
        Assert.Equal(new float[16], response.Weights["norm1.tau"].Span);

        // And back.
        Network back = response.ReplaceNormalization(_ => new GroupNorm(4)).Network;
        Assert.Equal(["stem", "norm1", "norm1.act", "deep", "norm2", "norm2.act", "wide", "norm3", "sum", "norm4", "last"], back.Graph.Nodes.Select(node => node.Name));
        Assert.Equal(["norm1.act"], back.Graph.Nodes.Single(node => node.Name == "deep").Inputs);
        Network direct = network.ReplaceNormalization(_ => new GroupNorm(4)).Network;
        direct = new Network(direct.Graph.With(operation => operation is Activation ? new Activation(ActivationFunction.Relu) : operation), direct.Weights);
        Assert.Equal(Run(direct), Run(back));
        Assert.Equal(["stem", "norm1.act"], response.ReplaceNormalization(_ => null).Network.Graph.Nodes.Take(2).Select(node => node.Name));
    }

    [Fact]
    public void ANetworkWithoutNormalizationsStays()
    {
        Network bare = BatchStatisticsTests.Small(new BatchNorm()).ReplaceNormalization(_ => null).Network;
        ReplacedNormalization again = bare.ReplaceNormalization(_ => new BatchNorm());
        Assert.Equal((0, false, "'test' has no normalization that could be replaced."), (again.Count, again.MustBeTrained, again.Report));
        Assert.Equal(bare.Graph.Nodes, again.Network.Graph.Nodes);
    }

    [Fact]
    public void GroupNormByNameLeavesFourChannelsInAGroup()
    {
        Func<int, Operation?> make = NormalizationNames.Make("group");
        Assert.Equal([1, 4, 6, 8, 24, 32, 32], ((int[])[5, 16, 24, 32, 96, 192, 1280]).Select(channels => ((GroupNorm)make(channels)!).Groups));
        NetworkException unknown = Assert.Throws<NetworkException>(() => NormalizationNames.Make("grup"));
        Assert.Equal($"There is no normalization 'grup'. There are: {string.Join(", ", NormalizationNames.All)}.", unknown.Message);
    }

    private static Tensor Filled(Shape shape, float value)
    {
        Tensor tensor = new(shape);
        tensor.Span.Fill(value);
        return tensor;
    }

    private static float[] Run(Network network) => ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["x"] = Images(network.Graph, 2) })["y"].Span.ToArray();
}
